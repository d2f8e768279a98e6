/**
 * Pictures of progress, drawn as plain SVG on the server: no script, no inline style, and beside each picture the same
 * figures as text or table, with links to the lists they count.
 */
import type { ComponentChildren, VNode } from 'preact';
import { countryName } from '../translate.ts';
import { formatCount, formatDay, wholePercent } from './figures.ts';
import { mapSize, worldMap } from './map.ts';
import { More } from './parts.tsx';
import { niceScale, thinOut } from './scale.ts';
import { type StateKind, stateLook } from './state.ts';
import { ProgressBar, type Share, StateBadge } from './state.tsx';
import { DataTable } from './table.tsx';

export type ProgressPoint = {
  /** `YYYY-MM-DD`, ascending. */
  day: string;
  /** Rows in each state at the end of that day. */
  counts: Readonly<Record<string, number>>;
};

export type ProgressChartProps = {
  kind: StateKind;
  /** From the bottom of the picture upwards, e.g. `evidenceOrder`. */
  states: readonly string[];
  points: readonly ProgressPoint[];
  /** What is counted, e.g. `corrections`. */
  noun: string;
  /** Where a state's latest figure leads. */
  hrefOf?: (state: string) => string;
};

/** How the states grew day by day: stacked areas, the best evidence at the bottom. */
export function ProgressChart(props: ProgressChartProps): VNode {
  const { kind, states, points, noun, hrefOf } = props;
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return <p class="ff-muted">The picture starts on the day the notice is released.</p>;
  const latest = states.map((state): Share => {
    const href = hrefOf?.(state);
    return { state, count: last.counts[state] ?? 0, ...(href ? { href } : {}) };
  });
  const words = latest.map((share) => `${formatCount(share.count)} ${stateLook(kind, share.state).word}`).join(', ');
  const title = `From ${formatDay(first.day)} to ${formatDay(last.day)}; now ${words}.`;
  return (
    <figure class="ff-chart">
      <StackedAreas {...props} title={title} width={820} height={280} variant="large" />
      <StackedAreas {...props} title={title} width={360} height={240} variant="small" />
      <figcaption>
        <ul class="ff-legend">
          {latest
            .filter((share) => share.count > 0 || points.some((point) => (point.counts[share.state] ?? 0) > 0))
            .map((share) => (
              <li key={share.state}>
                <StateBadge kind={kind} state={share.state} />
                {share.href ? <a href={share.href}>{formatCount(share.count)}</a> : formatCount(share.count)}
              </li>
            ))}
        </ul>
        <More summary="The same as a table">
          <DataTable
            caption={`Number of ${noun} in each state, by day`}
            rows={thinOut(points, 60)}
            rowKey={(point) => point.day}
            columns={[
              {
                key: 'day',
                title: 'Day',
                rowHeader: true,
                nowrap: true,
                cell: (point) => formatDay(point.day, 'en', 'short'),
              },
              ...states.map((state) => ({
                key: state,
                title: stateLook(kind, state).word,
                align: 'number' as const,
                cell: (point: ProgressPoint) => formatCount(point.counts[state] ?? 0),
              })),
            ]}
            empty={{ title: 'No days yet', text: '' }}
          />
        </More>
      </figcaption>
    </figure>
  );
}

type AreasProps = ProgressChartProps & { title: string; width: number; height: number; variant: 'large' | 'small' };

function StackedAreas({ kind, states, points, title, width, height, variant }: AreasProps): VNode {
  const frame = { left: 46, right: 10, top: 10, bottom: 26 };
  const days = points.map((point) => Temporal.PlainDate.from(point.day));
  const start = days[0] as Temporal.PlainDate;
  const span = Math.max(1, start.until(days.at(-1) as Temporal.PlainDate).days);
  const totals = points.map((point) => states.reduce((sum, state) => sum + (point.counts[state] ?? 0), 0));
  const ticks = niceScale(Math.max(1, ...totals), 4);
  const top = ticks.at(-1) ?? 1;
  const right = width - frame.right;
  const bottom = height - frame.bottom;
  const x = (day: Temporal.PlainDate) => frame.left + ((right - frame.left) * start.until(day).days) / span;
  const y = (count: number) => bottom - ((bottom - frame.top) * count) / top;
  const dayTicks = dayScale(start, span, variant === 'large' ? 7 : 4);
  const base = points.map(() => 0);
  return (
    <svg class={`ff-chart-${variant}`} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={title}>
      {ticks.map((tick) => (
        <g key={tick}>
          <path class="ff-grid" d={`M${frame.left} ${y(tick).toFixed(1)}H${right}`} />
          <text class="ff-tick ff-tick-y" x={frame.left - 8} y={y(tick).toFixed(1)} dy="0.35em">
            {formatCount(tick)}
          </text>
        </g>
      ))}
      {states.map((state) => {
        const lower = points.map((_, index) => base[index] as number);
        points.forEach((point, index) => {
          base[index] = (base[index] as number) + (point.counts[state] ?? 0);
        });
        // A single day is drawn as a block over the whole width.
        const edge = (heights: readonly number[]) =>
          points.length === 1
            ? [`${frame.left},${y(heights[0] as number).toFixed(1)}`, `${right},${y(heights[0] as number).toFixed(1)}`]
            : heights.map(
                (value, index) => `${x(days[index] as Temporal.PlainDate).toFixed(1)},${y(value).toFixed(1)}`,
              );
        return (
          <polygon
            key={state}
            class={`ff-area ff-fill-${stateLook(kind, state).tone}`}
            points={[...edge(base), ...edge(lower).reverse()].join(' ')}
          />
        );
      })}
      <path class="ff-axis" d={`M${frame.left} ${bottom}H${right}`} />
      {dayTicks.map((day) => (
        <g key={day.toString()}>
          <path class="ff-axis" d={`M${x(day).toFixed(1)} ${bottom}v4`} />
          <text class="ff-tick" x={x(day).toFixed(1)} y={height - 7}>
            {day.toLocaleString('en-GB', { day: 'numeric', month: 'short' })}
          </text>
        </g>
      ))}
    </svg>
  );
}

/** Days to write under the picture: not at its very edge, where the words would be cut off. */
function dayScale(start: Temporal.PlainDate, span: number, most: number): Temporal.PlainDate[] {
  const step = [1, 2, 7, 14, 28, 56, 91, 182, 365].find((days) => span / days <= most) ?? 730;
  const ticks: Temporal.PlainDate[] = [];
  for (let day = step; day < span * 0.97; day += step) ticks.push(start.add({ days: day }));
  return ticks.length > 0 ? ticks : [start.add({ days: Math.floor(span / 2) })];
}

export type BarRow = {
  key: string;
  label: ComponentChildren;
  /** List of what this row counts. */
  href: string;
  shares: readonly Share[];
};

export type BarTableProps = {
  kind: StateKind;
  /** What the rows are, e.g. `Country`. */
  heading: string;
  caption: string;
  noun: string;
  rows: readonly BarRow[];
  /** The state whose share is written as per cent. */
  goal?: string;
  /** How the table gets filled. */
  empty: string;
};

/** Shares by country, product, environment, …: one bar a row, with its figures. */
export function BarTable({ kind, heading, caption, noun, rows, goal = 'verified', empty }: BarTableProps): VNode {
  const total = (row: BarRow) => row.shares.reduce((sum, share) => sum + share.count, 0);
  const reached = (row: BarRow) => row.shares.find((share) => share.state === goal)?.count ?? 0;
  const word = stateLook(kind, goal).word;
  return (
    <DataTable
      caption={caption}
      rows={rows}
      rowKey={(row) => row.key}
      rowHref={(row) => row.href}
      empty={{ title: 'Nothing to count yet', text: empty }}
      columns={[
        { key: 'label', title: heading, rowHeader: true, cell: (row) => row.label },
        {
          key: 'bar',
          title: 'Progress',
          cell: (row) => <ProgressBar kind={kind} noun={noun} shares={row.shares} bare />,
        },
        {
          key: 'reached',
          title: `${word.charAt(0).toUpperCase()}${word.slice(1)}`,
          align: 'number',
          nowrap: true,
          cell: (row) => `${formatCount(reached(row))} of ${formatCount(total(row))}`,
        },
        {
          key: 'percent',
          title: 'Share',
          align: 'number',
          nowrap: true,
          cell: (row) => `${wholePercent(reached(row), total(row))} %`,
        },
      ]}
    />
  );
}

export type CountryCount = {
  /** ISO 3166-1 alpha-2. */
  country: string;
  /** All corrections there. */
  total: number;
  verified: number;
  /** The list of this country. */
  href: string;
};

/** Step of the colour: 0 for nothing verified, 1..4 by quarters, 5 for all. */
function mapStep({ total, verified }: CountryCount): number {
  const percent = wholePercent(verified, total);
  return percent === 0 ? 0 : percent === 100 ? 5 : Math.min(4, 1 + Math.floor(percent / 25));
}

const stepWords = ['none verified', 'under 25 %', '25 to 49 %', '50 to 74 %', '75 to 99 %', 'all verified'];
const stepClass = (step: number) => (step === 0 ? 'ff-map-none' : `ff-map-${step}`);

/**
 * Countries coloured by the share verified; each leads to its list. For readers who see it: everybody else has the
 * table by country, which must stand on the same page.
 */
export function CountryMap({ countries }: { countries: readonly CountryCount[] }): VNode {
  const { shapes, dots } = worldMap();
  const byCode = new Map(countries.map((count) => [count.country, count]));
  const drawn = new Set<string>();
  const title = (count: CountryCount) =>
    `${countryName(count.country)}: ${formatCount(count.verified)} of ${formatCount(count.total)} verified (${wholePercent(count.verified, count.total)} %)`;
  const land = shapes.filter((shape) => !shape.code || !byCode.has(shape.code));
  const touched = shapes.flatMap((shape) => {
    const count = shape.code ? byCode.get(shape.code) : undefined;
    if (!count) return [];
    drawn.add(count.country);
    return [{ count, mark: <path class={stepClass(mapStep(count))} d={shape.path} /> }];
  });
  const small = countries.flatMap((count) => {
    const at = dots.get(count.country);
    if (!at || drawn.has(count.country)) return [];
    drawn.add(count.country);
    return [{ count, mark: <circle class={stepClass(mapStep(count))} cx={at.x} cy={at.y} r="4.5" /> }];
  });
  const elsewhere = countries.filter((count) => !drawn.has(count.country));
  const steps = [...new Set(countries.map(mapStep))].sort((a, b) => a - b);
  return (
    <figure class="ff-chart ff-map">
      <svg viewBox={`0 0 ${mapSize.width} ${mapSize.height}`} aria-hidden="true" focusable="false">
        <path class="ff-map-land" d={land.map((shape) => shape.path).join('')} />
        {[...touched, ...small].map(({ count, mark }) => (
          <a key={count.country} href={count.href} tabIndex={-1}>
            <title>{title(count)}</title>
            {mark}
          </a>
        ))}
      </svg>
      <figcaption>
        <ul class="ff-map-key">
          {steps.map((step) => (
            <li key={step}>
              <svg viewBox="0 0 10 10" aria-hidden="true" focusable="false">
                <rect class={stepClass(step)} width="10" height="10" rx="2" />
              </svg>
              {stepWords[step]}
            </li>
          ))}
        </ul>
        {elsewhere.length > 0 ? (
          <p>
            Not on the map:{' '}
            {elsewhere.map((count) => (
              <a key={count.country} href={count.href}>
                {title(count)}
              </a>
            ))}
          </p>
        ) : null}
      </figcaption>
    </figure>
  );
}
