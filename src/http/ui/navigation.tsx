/** The top of the desk: where one is, where one can go, and who one is. */
import type { VNode } from 'preact';
import { formatCount } from './figures.ts';
import type { Flash } from './flash.ts';
import { Icon, Mark } from './icons.tsx';

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
  { href: '/postroom', label: 'Post room' },
  { href: '/kits', label: 'Kits' },
  { href: '/incidents', label: 'Incidents' },
  { href: '/mailbox', label: 'Mailbox' },
  { href: '/history', label: 'History' },
  { href: '/settings', label: 'Settings' },
];

/** Brand, search, user menu and the places of the desk. */
export function TopBar({ shell }: { shell: Shell }): VNode {
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

/**
 * The places this role can open: the routes decide, this only spares the click. Who does not run the server finds the
 * countries' rules where administrators find the settings.
 */
function placesFor(role: string | undefined): typeof deskPlaces {
  return deskPlaces.flatMap((place) => {
    if (place.href === '/settings' && role !== 'Administrator')
      return [{ href: '/settings/countries', label: 'Countries' }];
    return role === 'Viewer' && (place.href === '/imports' || place.href === '/mailbox') ? [] : [place];
  });
}

/** One list for every width: a row of tabs on wide screens, behind *Menu* on narrow ones. */
function Navigation({ shell }: { shell: Shell }): VNode {
  const places = (
    <ul>
      {placesFor(shell.viewer?.role).map((place) => {
        const here = shell.path === place.href || shell.path.startsWith(`${place.href}/`);
        return (
          <li key={place.href}>
            <a href={place.href} aria-current={here ? 'true' : undefined}>
              {place.label}
              {place.href === '/tasks' && shell.openTasks ? (
                <span class="ff-count">
                  {formatCount(shell.openTasks)}
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
