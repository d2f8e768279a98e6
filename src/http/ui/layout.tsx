/** The desk's page: where staff work. Dense, scannable, and the first thing on it is what to do next. */
import type { ComponentChildren, VNode } from 'preact';
import { translator } from '../translate.ts';
import { ErrorSummary } from './error-summary.tsx';
import type { Flash } from './flash.ts';
import type { FormErrors } from './form.ts';
import { Icon, Mark } from './icons.tsx';
import { Document } from './page.tsx';
import { WordsContext } from './words.ts';

export type Viewer = {
  name: string;
  email?: string;
  /** As people say it, e.g. `Quality`. */
  role: string;
};

/** What every desk page needs to know of the request: made once by the middleware of the staff pages. */
export type Shell = {
  viewer: Viewer | undefined;
  /** Path of the request, to mark the place in the navigation. */
  path: string;
  /** Open tasks of everybody, beside *Tasks*; undefined shows no number. */
  openTasks?: number | undefined;
  flashes: readonly Flash[];
  version: string;
  /** The sample is being shown: said in words at the top of every page. */
  demo?: boolean;
  /** IANA zone of hours on the desk. */
  zone?: string;
};

/** Places of the desk, in the order of the work. */
export const deskPlaces: readonly { href: string; label: string }[] = [
  { href: '/actions', label: 'Actions' },
  { href: '/parties', label: 'Parties' },
  { href: '/units', label: 'Units' },
  { href: '/products', label: 'Products' },
  { href: '/imports', label: 'Imports' },
  { href: '/tasks', label: 'Tasks' },
  { href: '/mailbox', label: 'Mailbox' },
  { href: '/history', label: 'History' },
  { href: '/settings', label: 'Settings' },
];

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

function TopBar({ shell }: { shell: Shell }): VNode {
  return (
    <header class="ff-top">
      {shell.demo ? (
        <p class="ff-demo">
          <Icon name="flask" />
          Sample data: the customers are invented and no letter leaves this machine.
        </p>
      ) : null}
      <div class="ff-top-row">
        <a class="ff-brand" href="/">
          <Mark />
          Fieldfix
        </a>
        {shell.viewer ? (
          <>
            <Search />
            <UserMenu viewer={shell.viewer} />
          </>
        ) : null}
      </div>
      {shell.viewer ? <Navigation shell={shell} /> : null}
    </header>
  );
}

function Search(): VNode {
  return (
    // biome-ignore lint/a11y/useSemanticElements: older browsers do not know the search element
    <form class="ff-search" action="/search" method="get" role="search">
      <label class="visually-hidden" for="search">
        Search serial number, UDI, party or mail address
      </label>
      <Icon name="search" />
      <input
        id="search"
        class="form-control"
        type="search"
        name="q"
        placeholder="Serial, UDI, party, mail address"
        autoComplete="off"
      />
      <button class="visually-hidden" type="submit">
        Search
      </button>
    </form>
  );
}

/** One list for every width: a row of tabs on wide screens, behind *Menu* on narrow ones. */
function Navigation({ shell }: { shell: Shell }): VNode {
  const places = (
    <ul>
      {deskPlaces.map((place) => {
        const here = shell.path === place.href || shell.path.startsWith(`${place.href}/`);
        return (
          <li key={place.href}>
            <a href={place.href} aria-current={here ? 'true' : undefined}>
              {place.label}
              {place.href === '/tasks' && shell.openTasks ? (
                <span class="ff-count">
                  {shell.openTasks.toLocaleString('en-GB')}
                  <span class="visually-hidden"> open</span>
                </span>
              ) : null}
            </a>
          </li>
        );
      })}
    </ul>
  );
  const here = deskPlaces.find((place) => shell.path.startsWith(place.href));
  return (
    <>
      <nav class="ff-nav ff-nav-wide" aria-label="Main">
        {places}
      </nav>
      <details class="ff-nav ff-nav-narrow">
        <summary>
          <Icon name="menu-2" />
          Menu
          {here ? <span class="ff-nav-here">{here.label}</span> : null}
        </summary>
        <nav aria-label="Menu">{places}</nav>
      </details>
    </>
  );
}

function UserMenu({ viewer }: { viewer: Viewer }): VNode {
  return (
    <details class="ff-user">
      <summary>
        <span class="ff-avatar" aria-hidden="true">
          {initials(viewer.name)}
        </span>
        <span class="ff-user-name">
          {viewer.name}
          <span class="ff-user-role">{viewer.role}</span>
        </span>
        <Icon name="chevron-down" />
      </summary>
      <div class="ff-user-menu">
        {viewer.email ? <p>{viewer.email}</p> : null}
        <a href="/account">Account and sign-in</a>
        <form action="/sign-out" method="post">
          <button type="submit">Sign out</button>
        </form>
      </div>
    </details>
  );
}

function initials(name: string): string {
  const parts = name.split(/\s+/).filter(Boolean);
  const first = parts[0]?.[0] ?? '';
  const last = parts.length > 1 ? (parts.at(-1)?.[0] ?? '') : '';
  return (first + last).toUpperCase();
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

const flashIcons = { done: 'circle-check', note: 'info-circle', attention: 'alert-triangle' } as const;

/** Messages of the page before, read out when the page opens. */
export function Flashes({ flashes }: { flashes: readonly Flash[] }): VNode | null {
  if (flashes.length === 0) return null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: an output element may not hold paragraphs
    <div class="ff-flashes" role="status">
      {flashes.map((flash) => (
        <p key={flash.text} class={`ff-flash ff-flash-${flash.tone}`}>
          <Icon name={flashIcons[flash.tone]} />
          <span>{flash.text}</span>
        </p>
      ))}
    </div>
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

export type PlainPageProps = {
  title: string;
  /** Language of the words; English by default. */
  language?: string;
  errors?: FormErrors;
  flashes?: readonly Flash[];
  scripts?: readonly string[];
  version?: string;
  children: ComponentChildren;
};

/** A page without navigation, for signing in and for messages such as *not found*. */
export function PlainPage(props: PlainPageProps): VNode {
  const t = translator(props.language ?? 'en');
  const errors = props.errors ?? [];
  return (
    <WordsContext.Provider value={{ t, zone: 'UTC' }}>
      <Document
        title={props.title}
        look="plain"
        language={t.language}
        direction={t.direction}
        errorPrefix={errors.length > 0 ? t('ui.error-prefix') : ''}
        scripts={props.scripts ?? []}
      >
        <a class="ff-skip" href="#content">
          {t('ui.skip')}
        </a>
        <header class="ff-plain-head">
          <span class="ff-brand">
            <Mark />
            Fieldfix
          </span>
        </header>
        <main id="content" class="ff-plain-main" tabIndex={-1}>
          <Flashes flashes={props.flashes ?? []} />
          <ErrorSummary errors={errors} />
          <h1>{props.title}</h1>
          {props.children}
        </main>
      </Document>
    </WordsContext.Provider>
  );
}

export type MessagePageProps = {
  title: string;
  text: ComponentChildren;
  href?: string;
  label?: string;
  language?: string;
};

/** A page that only says something: what happened, and where to go from here. */
export function MessagePage({ title, text, href, label, language }: MessagePageProps): VNode {
  return (
    <PlainPage title={title} {...(language ? { language } : {})}>
      <p>{text}</p>
      {href ? (
        <p>
          <a class="btn ff-btn-primary" href={href}>
            {label ?? 'Go on'}
          </a>
        </p>
      ) : null}
    </PlainPage>
  );
}
