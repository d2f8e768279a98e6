/** The small parts pages are made of. */
import type { ComponentChildren, VNode } from 'preact';
import { formatCount } from './figures.ts';
import { Icon } from './icons.tsx';

export type KeyValueRow = { label: string; value: ComponentChildren; href?: string };

/** Facts by name. An empty value shows as a dash, so that a gap is seen. */
export function KeyValue({ rows }: { rows: readonly (KeyValueRow | undefined | false)[] }): VNode {
  return (
    <dl class="ff-facts">
      {rows
        .filter((row): row is KeyValueRow => Boolean(row))
        .map((row) => {
          const missing = row.value === null || row.value === undefined || row.value === '' || row.value === false;
          return (
            <div key={row.label}>
              <dt>{row.label}</dt>
              <dd>
                {missing ? <span class="ff-muted">–</span> : row.href ? <a href={row.href}>{row.value}</a> : row.value}
              </dd>
            </div>
          );
        })}
    </dl>
  );
}

export type CardProps = {
  title?: string;
  /** Beside the title: a link or a small button. */
  action?: ComponentChildren;
  /** No padding, for a table that fills the card. */
  flush?: boolean;
  id?: string;
  children: ComponentChildren;
};

/** A part of a page with its heading. */
export function Card({ title, action, flush, id, children }: CardProps): VNode {
  return (
    <section class={flush ? 'ff-card ff-card-flush' : 'ff-card'} id={id} aria-label={title}>
      {title ? (
        <div class="ff-card-head">
          <h2>{title}</h2>
          {action}
        </div>
      ) : null}
      <div class="ff-card-body">{children}</div>
    </section>
  );
}

/** Cards side by side where there is room. `weight="main-side"`: two thirds and one. */
export function Columns({
  children,
  weight = 'even',
}: {
  children: ComponentChildren;
  weight?: 'even' | 'main-side';
}): VNode {
  return <div class={`ff-columns ff-columns-${weight}`}>{children}</div>;
}

export type Tab = { href: string; label: string; count?: number; current?: boolean };

/** Views of one thing: links, each a page. */
export function Tabs({ tabs, label }: { tabs: readonly Tab[]; label: string }): VNode {
  return (
    <nav class="ff-tabs" aria-label={label}>
      <ul>
        {tabs.map((tab) => (
          <li key={tab.href}>
            <a href={tab.href} aria-current={tab.current ? 'page' : undefined}>
              {tab.label}
              {tab.count === undefined ? null : <span class="ff-count">{formatCount(tab.count)}</span>}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

const alertLooks = {
  note: { class: 'ff-grey', icon: 'info-circle' },
  done: { class: 'ff-green', icon: 'circle-check' },
  attention: { class: 'ff-amber', icon: 'alert-triangle' },
  danger: { class: 'ff-red', icon: 'alert-octagon' },
} as const;

export type AlertProps = { tone: keyof typeof alertLooks; title?: string; children?: ComponentChildren; icon?: string };

/** Something the reader must not miss on this page. */
export function Alert({ tone, title, children, icon }: AlertProps): VNode {
  const look = alertLooks[tone];
  return (
    <div class={`ff-alert ${look.class}`}>
      <Icon name={icon ?? look.icon} />
      <div>
        {title ? <p class="ff-alert-title">{title}</p> : null}
        {children}
      </div>
    </div>
  );
}

/** An empty page or list: how it gets filled, and the button that does it. */
export function EmptyState({
  title,
  children,
  action,
}: {
  title: string;
  children: ComponentChildren;
  action?: ComponentChildren;
}): VNode {
  return (
    <div class="ff-empty">
      <p class="ff-empty-title">{title}</p>
      <p>{children}</p>
      {action}
    </div>
  );
}

/** Serial numbers, UDIs, hashes: one width, left to right in every language, copied whole. */
export function Identifier({ children }: { children: ComponentChildren }): VNode {
  return (
    <bdi class="ff-code" dir="ltr">
      {children}
    </bdi>
  );
}

/** More for who wants it: closed at first, opens without JavaScript, printed open. */
export function More({
  summary,
  children,
  open,
}: {
  summary: ComponentChildren;
  children: ComponentChildren;
  open?: boolean;
}): VNode {
  return (
    <details class="ff-more" open={open}>
      <summary>{summary}</summary>
      <div>{children}</div>
    </details>
  );
}
