/** The desk's page: where staff work. Dense, scannable, and the first thing on it is what to do next. */
import type { ComponentChildren, VNode } from 'preact';
import { translator } from '../translate.ts';
import { ErrorSummary } from './error-summary.tsx';
import { Flashes } from './flashes.tsx';
import type { FormErrors } from './form.ts';
import { Icon } from './icons.tsx';
import { type Shell, TopBar } from './navigation.tsx';
import { Document } from './page.tsx';
import { WordsContext } from './words.ts';

// Pages take every layout of the desk from here.
export { Flashes } from './flashes.tsx';
export { deskPlaces, type Shell, type Viewer } from './navigation.tsx';
export * from './plain-page.tsx';

export type Crumb = { href: string; label: string };

/** One thing to do next, with the page that does it. */
export type NextStep = {
  text: ComponentChildren;
  href?: string;
  /** The verb on the button. */
  label?: string;
  tone?: 'do' | 'attention' | 'late' | 'wait' | 'done';
};

export type DeskPageProps = {
  shell: Shell;
  title: string;
  /** One line under the title. */
  lede?: ComponentChildren;
  crumbs?: readonly Crumb[];
  /** Buttons at the right of the title. */
  actions?: ComponentChildren;
  /** What to do next: the first thing on the page. */
  next?: readonly NextStep[];
  /** Errors of the form on this page, summed up at the top. */
  errors?: FormErrors;
  /** Tabs or another navigation under the title. */
  tabs?: ComponentChildren;
  /** A state beside the title, e.g. `<StateBadge …/>`. */
  state?: ComponentChildren;
  refreshSeconds?: number;
  styles?: readonly string[];
  scripts?: readonly string[];
  /** `narrow` for forms and texts, `wide` (default) for tables. */
  width?: 'narrow' | 'wide';
  children: ComponentChildren;
};

/** A page of the desk with navigation, search, title, next steps and footer. */
export function DeskPage(props: DeskPageProps): VNode {
  const { shell, title, errors = [], width = 'wide' } = props;
  const words = { t: translator('en'), zone: shell.zone ?? 'UTC' };
  return (
    <WordsContext.Provider value={words}>
      <Document
        title={title}
        look="desk"
        errorPrefix={errors.length > 0 ? words.t('ui.error-prefix') : ''}
        {...(props.refreshSeconds ? { refreshSeconds: props.refreshSeconds } : {})}
        styles={props.styles ?? []}
        scripts={props.scripts ?? []}
      >
        <a class="ff-skip" href="#content">
          Skip to the content
        </a>
        <TopBar shell={shell} />
        <main id="content" class={`ff-main ff-main-${width}`} tabIndex={-1}>
          <Flashes flashes={shell.flashes} />
          <Crumbs crumbs={props.crumbs ?? []} />
          <div class="ff-head">
            <div class="ff-head-words">
              <h1>
                {title}
                {props.state ? <span class="ff-head-state">{props.state}</span> : null}
              </h1>
              {props.lede ? <p class="ff-lede">{props.lede}</p> : null}
            </div>
            {props.actions ? <div class="ff-head-actions">{props.actions}</div> : null}
          </div>
          <ErrorSummary errors={errors} />
          <NextSteps steps={props.next ?? []} />
          {props.tabs}
          {props.children}
        </main>
        <Footer version={shell.version} />
      </Document>
    </WordsContext.Provider>
  );
}

function Crumbs({ crumbs }: { crumbs: readonly Crumb[] }): VNode | null {
  if (crumbs.length === 0) return null;
  return (
    <nav class="ff-crumbs" aria-label="Where you are">
      <ol>
        {crumbs.map((crumb) => (
          <li key={crumb.href}>
            <a href={crumb.href}>{crumb.label}</a>
          </li>
        ))}
      </ol>
    </nav>
  );
}

const stepIcons = {
  do: 'arrow-right',
  attention: 'alert-triangle',
  late: 'clock-exclamation',
  wait: 'hourglass',
  done: 'circle-check',
} as const;

/** The first thing on a page: what to do next. */
export function NextSteps({ steps }: { steps: readonly NextStep[] }): VNode | null {
  if (steps.length === 0) return null;
  return (
    <section class="ff-next" aria-labelledby="next-title">
      <h2 id="next-title">What to do next</h2>
      <ul>
        {steps.map((step, index) => {
          const tone = step.tone ?? 'do';
          return (
            <li key={index} class={`ff-step ff-step-${tone}`}>
              <Icon name={stepIcons[tone]} />
              <span class="ff-step-text">{step.text}</span>
              {step.href ? (
                <a
                  class={`btn btn-sm ${index === 0 && tone !== 'done' ? 'ff-btn-primary' : 'ff-btn-secondary'}`}
                  href={step.href}
                >
                  {step.label ?? 'Open'}
                </a>
              ) : null}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Footer({ version }: { version: string }): VNode {
  return (
    <footer class="ff-foot">
      <p>
        Fieldfix {version}
        <span class="ff-foot-links">
          <a href="/api">API</a>
          <a href="/help">Help</a>
        </span>
      </p>
    </footer>
  );
}
