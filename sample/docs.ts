import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Config, listSettings } from '../src/config.ts';
import { transitionDiagram } from '../src/domain/action.ts';
import { deadlineRules } from '../src/domain/deadline-rules.ts';
import { permissions } from '../src/domain/permission.ts';
import { tour } from './tour.ts';

const USAGE = `Usage: npm run docs -- [--check | --text]
  --check  say which made parts of the documents are stale; change nothing
  --text   write the made parts, without pictures\n`;

const root = join(import.meta.dirname, '..');

/** A part of a document that is made from the code: it stands between two marks, `<!-- made: NAME -->` and `<!-- end -->`. */
interface MadePart {
  file: string;
  name: string;
  text: string;
}

/** What the code says of itself, as Markdown. */
export function makeParts(): MadePart[] {
  return [
    { file: 'docs/guide.md', name: 'stages', text: `\`\`\`mermaid\n${transitionDiagram()}\`\`\`` },
    { file: 'docs/guide.md', name: 'permissions', text: permissionTable() },
    { file: 'docs/guide.md', name: 'deadlines', text: deadlineTable() },
    { file: 'README.md', name: 'settings', text: settingsTable() },
  ];
}

/** The documents as they would be written now: path and text, of those whose made parts are stale. */
export function staleDocuments(): { file: string; text: string }[] {
  const texts = new Map<string, string>();
  const read = (file: string): string => texts.get(file) ?? readFileSync(join(root, file), 'utf8');
  for (const { file, name, text } of makeParts()) {
    const begin = `<!-- made: ${name} -->\n`;
    const [before, rest] = split(read(file), begin);
    const [, after] = split(rest, '<!-- end -->');
    texts.set(file, `${before}${begin}\n${text}\n\n<!-- end -->${after}`);
  }
  return [...texts]
    .filter(([file, text]) => text !== readFileSync(join(root, file), 'utf8'))
    .map(([file, text]) => ({ file, text }));
}

function split(text: string, at: string): [string, string] {
  const index = text.indexOf(at);
  if (index < 0) throw new Error(`A document lacks the mark ${at.trim()}`);
  return [text.slice(0, index), text.slice(index + at.length)];
}

/**
 * `docs`: writes the made parts of the documents and plays the demo for their pictures.
 * @returns the exit code; with --check 1 when something is stale
 */
export async function writeDocs(args: string[], _config: Config): Promise<number> {
  let options: { check?: boolean; text?: boolean };
  try {
    options = parseArgs({ args, options: { check: { type: 'boolean' }, text: { type: 'boolean' } } }).values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n${USAGE}`);
    return 2;
  }
  const stale = staleDocuments();
  if (options.check) {
    for (const { file } of stale) process.stderr.write(`${file} is stale: run npm run docs.\n`);
    return stale.length === 0 ? 0 : 1;
  }
  for (const { file, text } of stale) {
    writeFileSync(join(root, file), text);
    process.stdout.write(`${file}\n`);
  }
  if (!options.text) await withDemo(takePictures);
  return 0;
}

// ── Tables ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function table(headings: string[], rows: string[][]): string {
  const line = (cells: string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n');
}

const roles = ['administrator', 'quality', 'regulatory', 'support', 'viewer'] as const;

function permissionTable(): string {
  const rows = Object.entries(permissions).map(([name, holders]) => [
    `\`${name}\``,
    ...roles.map((role) => ((holders as readonly string[]).includes(role) ? '●' : '')),
  ]);
  return table(['Permission', ...roles], rows);
}

function deadlineTable(): string {
  const period = ({ counting, count }: (typeof deadlineRules)[number]): string =>
    counting === 'no-date'
      ? 'no fixed day'
      : `${count} ${(count as number) === 1 ? counting.replace(/s$/, '') : counting}`.replaceAll('-', ' ');
  const rows = deadlineRules.map((rule) => [
    `\`${rule.id}\``,
    rule.what,
    `${period(rule)} from ${rule.start}`,
    rule.citation,
    'note' in rule ? rule.note : '',
  ]);
  return table(['Rule', 'What', 'How long', 'Where it is written', 'Note'], rows);
}

function settingsTable(): string {
  const rows = listSettings().map(({ name, about, unless, secret }) => [
    `\`${name}\`${secret ? ` or \`${name}_FILE\`` : ''}`,
    about,
    unless ? `\`${unless}\`` : '',
  ]);
  return table(['Setting', 'What it is', 'Unless set'], rows);
}

// ── Pictures ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Plays the demo into a temporary folder in a process of its own, and ends it after the work. */
async function withDemo(work: (url: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fieldfix-docs-'));
  const port = await freePort();
  const child = spawn(process.execPath, [...process.execArgv, join(root, 'src/cli.ts'), 'demo'], {
    env: { ...process.env, DATA_DIR: join(folder, 'data'), PORT: String(port), PUBLIC_URL: '', DATABASE_URL: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  try {
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (text: Buffer) => {
        process.stdout.write(text);
        if (text.includes('Ctrl-C ends it')) resolve();
      });
      child.once('exit', (code) => reject(new Error(`The demo ended with ${code}`)));
    });
    await work(`http://localhost:${port}`);
  } finally {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Takes every picture of README and guide into docs/pictures. */
export async function takePictures(url: string): Promise<void> {
  // The browser is a part of development only, so it is not loaded with this file.
  const { closeBrowser, withBrowser } = await import('../test/helpers/browser.ts');
  const folder = join(root, 'docs/pictures');
  mkdirSync(folder, { recursive: true });
  const signIn = (page: import('playwright-core').Page) =>
    page.context().request.post(`${url}/sign-in`, {
      form: { email: 'quality@fieldfix.example', password: 'fieldfix-demo-2022', next: '/' },
      headers: { origin: url },
    });
  let letter = '';
  try {
    await withBrowser({ width: 1280 }, async (page) => {
      const shoot = async (name: string, height = 900, from = 0) => {
        await page.setViewportSize({ width: 1280, height });
        await page.evaluate(`scrollTo(0, ${from})`);
        await page.screenshot({ path: join(folder, `${name}.png`) });
      };
      await signIn(page);
      await page.goto(`${url}/actions`);
      await page.getByRole('link', { name: 'FSN2022-1230' }).first().click();
      await page.getByRole('heading', { level: 1 }).waitFor();
      await shoot('dashboard', 1000);

      await page.goto(`${url}/search?q=${tour.half.serial}`);
      const modes = await page.getByRole('region', { name: 'Local Run Manager Security Patch 1.0' }).allInnerTexts();
      if (
        !modes.some((mode) => /^RUO[\s\S]*\sopen\s+since/i.test(mode)) ||
        !modes.some((mode) => /^Dx[\s\S]*verified\s+since/i.test(mode))
      ) {
        throw new Error(
          `${tour.half.serial} is not patched in one mode any more: choose another for the tour.\n${modes.join('\n')}`,
        );
      }
      await shoot('unit-half', 1150);

      await page.goto(`${url}/search?q=${tour.silent.serial}`);
      await page.getByRole('link', { name: tour.silent.party }).first().click();
      await page.getByText('Telephone a party that does not answer').waitFor();

      await page.goto(`${url}/kits?q=${encodeURIComponent(tour.half.party)}`);
      await page.getByRole('row').filter({ hasText: tour.half.party }).getByRole('link').first().click();
      await page.getByRole('link', { name: 'Save the ZIP' }).waitFor();
      await shoot('kit', 900);

      await page.goto(`${url}/mailbox?q=${tour.half.email}`);
      await page.getByRole('row').filter({ hasText: tour.half.email }).last().getByRole('link').first().click();
      const body = page.frameLocator('iframe');
      letter = (await body.locator('a[href*="/p/"]').first().getAttribute('href')) ?? '';
      await shoot('letter', 900);

      await page.goto(`${url}/history/verify`);
      await shoot('chain', 420);
    });
    await withBrowser({ width: 390, locale: 'de-DE' }, async (page) => {
      await page.setViewportSize({ width: 390, height: 844 });
      await page.goto(`${letter}/units?lang=de`);
      await page.screenshot({ path: join(folder, 'portal.png') });
    });
  } finally {
    await closeBrowser();
  }
}
