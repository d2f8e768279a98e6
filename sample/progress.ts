/** One stretch of the sample's way, shown while it goes on. */
export interface Stage {
  total(steps: number): void;
  step(by?: number): void;
  end(note?: string): void;
}

const WIDTH = 28;

/** Bars in a terminal; elsewhere one plain line when a stretch is done. */
export function showProgress(out: NodeJS.WriteStream): { stage(title: string): Stage } {
  const live = out.isTTY === true && !process.env.CI;
  return {
    stage(title) {
      const began = performance.now();
      let total = 1;
      let done = 0;
      let painted = 0;
      const paint = (force: boolean) => {
        if (!live || (!force && performance.now() - painted < 80)) return;
        painted = performance.now();
        const share = Math.min(1, done / total);
        const full = Math.round(share * WIDTH);
        out.write(
          `\r  ${title.padEnd(34)} ${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${String(Math.floor(share * 100)).padStart(3)} %`,
        );
      };
      paint(true);
      return {
        total(steps) {
          total = Math.max(1, steps);
        },
        step(by = 1) {
          done += by;
          paint(false);
        },
        end(note = '') {
          done = total;
          const seconds = ((performance.now() - began) / 1000).toFixed(1);
          if (live) {
            paint(true);
            out.write(`  ${seconds} s${note ? `  ${note}` : ''}\n`);
          } else {
            out.write(`  ${title.padEnd(34)} ${seconds.padStart(6)} s${note ? `  ${note}` : ''}\n`);
          }
        },
      };
    },
  };
}
