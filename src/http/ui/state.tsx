/** States and evidence: in colour, sign and word. */
import type { ComponentChildren, VNode } from 'preact';
import { hasText } from '../translate.ts';
import { formatCount } from './figures.ts';
import { Icon } from './icons.tsx';
import { type StateKind, stateLook, type Tone } from './state.ts';
import { useWords } from './words.ts';

/** The word of a state in the language of the page. Only what portal readers meet is translated. */
function stateWord(kind: StateKind, state: string, word: string, t: ReturnType<typeof useWords>['t']): string {
  const key = `ui.state.${kind}.${state}`;
  return t.language !== 'en' && hasText(key) ? t(key) : word;
}

export type StateBadgeProps = {
  kind: StateKind;
  state: string;
  /** More words behind the state, e.g. a date. */
  children?: ComponentChildren;
};

/** One state: colour, sign and word together. */
export function StateBadge({ kind, state, children }: StateBadgeProps): VNode {
  const { t } = useWords();
  const look = stateLook(kind, state);
  return (
    <Badge tone={look.tone} icon={look.icon}>
      {stateWord(kind, state, look.word, t)}
      {children ? <> {children}</> : null}
    </Badge>
  );
}

/** A state that is in no table, e.g. *3 days late*. */
export function Badge({ tone, icon, children }: { tone: Tone; icon?: string; children: ComponentChildren }): VNode {
  return (
    <span class={`ff-badge ff-${tone}`}>
      {icon ? <Icon name={icon} /> : null}
      <span>{children}</span>
    </span>
  );
}

export type Share = { state: string; count: number; href?: string };

export type ProgressBarProps = {
  kind: StateKind;
  /** In the order they are drawn. */
  shares: readonly Share[];
  /** What is counted, e.g. `corrections`. */
  noun: string;
  /** Hides the legend, in table rows where the columns beside it say the same. */
  bare?: boolean;
};

/** How far it is, in one bar stacked by state; each figure of the legend leads to its list. */
export function ProgressBar({ kind, shares, noun, bare }: ProgressBarProps): VNode {
  const { t } = useWords();
  const total = shares.reduce((sum, share) => sum + share.count, 0);
  const say = (count: number) => formatCount(count, t.language);
  const words = shares
    .filter((share) => share.count > 0)
    .map((share) => `${say(share.count)} ${stateWord(kind, share.state, stateLook(kind, share.state).word, t)}`);
  let x = 0;
  const bars = shares.map((share) => {
    const width = total === 0 ? 0 : (share.count / total) * 1000;
    const bar = { share, x, width };
    x += width;
    return bar;
  });
  return (
    <div class={bare ? 'ff-progress ff-progress-bare' : 'ff-progress'}>
      <svg
        viewBox="0 0 1000 10"
        preserveAspectRatio="none"
        role="img"
        aria-label={`${words.join(', ') || say(0)} (${say(total)} ${noun})`}
      >
        <rect class="ff-fill-none" width="1000" height="10" />
        {bars
          .filter((bar) => bar.width > 0)
          .map(({ share, x: left, width }) => (
            <rect
              key={share.state}
              class={`ff-fill-${stateLook(kind, share.state).tone} ff-fill-state-${share.state}`}
              x={left.toFixed(2)}
              // A share too small to see still shows.
              width={Math.max(width, 3).toFixed(2)}
              height="10"
            />
          ))}
      </svg>
      {bare ? null : (
        <ul class="ff-legend">
          {shares.map((share) => (
            <li key={share.state}>
              <StateBadge kind={kind} state={share.state} />
              {share.href ? <a href={share.href}>{say(share.count)}</a> : <span>{say(share.count)}</span>}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

export type FigureProps = {
  value: number | string;
  label: ComponentChildren;
  /** The list this number counts (law 5). Only a number nobody can list, such as a date, goes without. */
  href?: string;
  /** Set when the number asks for somebody (amber) or is late (red), or is the good end (green). */
  tone?: Tone;
  /** Small print below, e.g. `of 3,626` or `12 since yesterday`. */
  note?: ComponentChildren;
};

/** One number, large, that opens the list it counts. */
export function Figure({ value, label, href, tone, note }: FigureProps): VNode {
  const shown = typeof value === 'number' ? formatCount(value) : value;
  const inside = (
    <>
      <span class="ff-figure-value">{shown}</span> <span class="ff-figure-label">{label}</span>
    </>
  );
  return (
    <div class={tone ? `ff-figure ff-figure-${tone}` : 'ff-figure'}>
      {href ? <a href={href}>{inside}</a> : <div>{inside}</div>}
      {note ? <p class="ff-figure-note">{note}</p> : null}
    </div>
  );
}

/** Figures side by side. */
export function Figures({ children }: { children: ComponentChildren }): VNode {
  return <div class="ff-figures">{children}</div>;
}

export type Rung = {
  label: ComponentChildren;
  /** What stands behind this rung: who, when, which document. */
  evidence?: ComponentChildren;
  /** `done`, the `current` one, or `open`. */
  at: 'done' | 'current' | 'open';
  count?: number;
  href?: string;
};

/** The ladder of evidence: from *told* to *verified*, each rung with what proves it. */
export function Ladder({ rungs, label }: { rungs: readonly Rung[]; label: string }): VNode {
  return (
    <ol class="ff-ladder" aria-label={label}>
      {rungs.map((rung, index) => (
        <li key={index} class={`ff-rung ff-rung-${rung.at}`} aria-current={rung.at === 'current' ? 'step' : undefined}>
          <span class="ff-rung-sign">
            <Icon
              name={rung.at === 'done' ? 'check' : rung.at === 'current' ? 'point' : 'circle'}
              filled={rung.at === 'current'}
              label={rung.at === 'done' ? 'done:' : rung.at === 'current' ? 'now:' : 'still open:'}
            />
          </span>
          <span class="ff-rung-label">
            {rung.label}
            {rung.count === undefined ? null : rung.href ? (
              <a class="ff-rung-count" href={rung.href}>
                {formatCount(rung.count)}
              </a>
            ) : (
              <span class="ff-rung-count">{formatCount(rung.count)}</span>
            )}
          </span>
          {rung.evidence ? <span class="ff-rung-evidence">{rung.evidence}</span> : null}
        </li>
      ))}
    </ol>
  );
}
