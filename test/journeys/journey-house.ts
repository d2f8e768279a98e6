/** What every journey starts from: the whole server as main.ts puts it together, on an invented field small enough to read. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { type Cast, importField, prepareAction, release } from '../../sample/action.ts';
import { hire } from '../../sample/demo.ts';
import { makeSampleField, type SampleField } from '../../sample/field.ts';
import { asActor, type Context } from '../../src/app/context.ts';
import { sendDueDeliveries } from '../../src/app/delivery-send.ts';
import type { Config } from '../../src/config.ts';
import { openHouse } from '../../src/main.ts';

/** Parties of the sample's field to keep: how many of each country. */
export type Few = Record<string, number>;

export interface Journey {
  /** Where the server answers. */
  url: string;
  system: Context;
  cast: Cast;
  /** Moves the clock that letters, answers and deadlines go by. */
  setNow(iso: string): void;
  /** Errors that the server logged; a journey ends with none. */
  errors: string[];
  close(): Promise<void>;
}

/** A stretch of the sample that nobody watches. */
export const quiet = { total: () => {}, step: () => {}, end: () => {} };

/**
 * Opens the house with the sample accounts and listens on a free port.
 * @param now where the clock of the action stands
 */
export async function openJourney(now = '2022-05-02T08:00:00Z'): Promise<Journey> {
  let clock = new Date(now);
  let answer: ReturnType<typeof getRequestListener> | undefined;
  const server: Server = createServer((request, response) => void answer?.(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const folder = mkdtempSync(join(tmpdir(), 'fieldfix-journey-'));
  const config: Config = {
    host: '127.0.0.1',
    port,
    publicUrl: `http://localhost:${port}`,
    dataDir: folder,
    filesDir: join(folder, 'files'),
    database: { kind: 'pglite', memory: true },
    smtpUrl: undefined,
    imapUrls: [],
    lmtpPort: undefined,
    smtpInPort: undefined,
    mailFrom: 'Muster Sequencing <notices@muster.example>',
    mailDomain: 'muster.example',
    pacePerDomain: 0,
    attachmentLimit: 0,
    oidc: undefined,
    logLevel: 'error',
    trustProxy: 0,
    webhookPrivate: false,
    secret: Buffer.alloc(32, 7),
    startedFrom: folder,
  };
  const house = await openHouse(config, { now: () => clock, demo: true, keepMail: true });
  const errors: string[] = [];
  house.deps.log = (level, message, detail) => {
    if (level === 'error') errors.push(`${message} ${JSON.stringify(detail ?? {})}`);
  };
  const cast = await hire(house);
  answer = getRequestListener(house.app.fetch);
  return {
    url: config.publicUrl,
    system: asActor(house.deps, { kind: 'system', name: 'journey' }),
    cast,
    setNow: (iso) => {
      clock = new Date(iso);
    },
    errors,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await house.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The sample's field, cut down to the first parties of some countries with everything that is theirs. */
export function smallField(few: Few): SampleField {
  const field = makeSampleField();
  const left = { ...few };
  const keep = new Set<string>();
  const [partyHeader = [], ...parties] = field.parties;
  const kept = parties.filter((row) => {
    const [ref = '', , kind, country = ''] = row;
    if (kind !== 'Customer' || !left[country]) return false;
    left[country] -= 1;
    keep.add(ref);
    return true;
  });
  const only = (rows: string[][], column: number): string[][] => [
    rows[0] ?? [],
    ...rows.slice(1).filter((row) => keep.has((row[column] ?? '').replace(/^(C-\d+)-\d+$/, '$1'))),
  ];
  return {
    products: field.products,
    // Without distributors: the journeys are those of laboratories.
    parties: [partyHeader, ...kept.map((row) => [...row.slice(0, -1), ''])],
    sites: only(field.sites, 1),
    contacts: only(field.contacts, 0),
    units: only(field.units, 3),
  };
}

/** Imports a small field, gets the notice signed, releases it and has every letter delivered to the built-in mailbox. */
export async function releaseSample(journey: Journey, few: Few): Promise<{ actionId: number; letters: number }> {
  await importField(journey.cast, quiet, smallField(few));
  const { actionId } = await prepareAction(journey.cast, quiet);
  journey.setNow('2022-05-04T07:00:00Z');
  const letters = await release(journey.cast, actionId);
  while ((await sendDueDeliveries(journey.system, { limit: 200 })).more);
  return { actionId, letters };
}

/** Signs in on the sign-in page by the button of a sample account. */
export async function signIn(page: Page, journey: Journey, role: string): Promise<void> {
  await page.context().clearCookies();
  await page.goto(`${journey.url}/sign-in`);
  await page.getByRole('button', { name: role, exact: true }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
}

/** Goes to a path of the house. */
export async function open(page: Page, journey: Journey, path: string): Promise<void> {
  await page.goto(path.startsWith('http') ? path : `${journey.url}${path}`);
}

/** Presses a button (or the first of its name) and waits for the page that answers. */
export async function press(page: Page, name: string | RegExp): Promise<void> {
  await Promise.all([page.waitForNavigation(), page.getByRole('button', { name }).first().click()]);
}

/** Follows a link and waits for its page. */
export async function follow(page: Page, name: string | RegExp): Promise<void> {
  await Promise.all([page.waitForNavigation(), page.getByRole('link', { name }).first().click()]);
}

/** Waits until the page says something; if it never does, fails with what it says instead. */
export async function said(page: Page, text: string | RegExp): Promise<void> {
  try {
    await page.getByText(text).first().waitFor();
  } catch {
    assert.fail(`${page.url()} does not say ${text}:\n${await page.locator('main').innerText()}`);
  }
}

/** Finds what a reader with a disability would stumble over, by the rules of axe, and fails on serious ones. */
export async function checkAccess(page: Page, where: string): Promise<void> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>('axe.run(document)');
  const grave = violations
    .filter((one) => one.impact === 'serious' || one.impact === 'critical')
    .map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
  assert.deepEqual(grave, [], where);
}

/** Fails when the page is wider than the window: nothing may be cut off or need scrolling sideways. */
export async function checkWidth(page: Page, where: string): Promise<void> {
  const beyond = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  assert.equal(beyond, 0, `${where} scrolls sideways`);
}
