/** A clock that the sample moves: every row gets the hour it would have had. */
export interface PlayClock {
  now(): Date;
  moveTo(at: Date): void;
  pass(minutes: number): void;
}

export function playClock(start: string): PlayClock {
  let at = new Date(start);
  return {
    // Two things never happen at the same moment.
    now: () => {
      at = new Date(at.getTime() + 1);
      return at;
    },
    moveTo: (next) => {
      if (next > at) at = next;
    },
    pass: (minutes) => {
      at = new Date(at.getTime() + minutes * 60_000);
    },
  };
}
