import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

export interface BrowserOptions {
  /** Journeys run twice: with JavaScript and without. On unless told. */
  javaScript?: boolean;
  /** CSS pixels; 1280 unless told, 390 is the smallest telephone we care for. */
  width?: number;
  /** What the browser asks for, e.g. 'de-DE'; 'en-GB' unless told. */
  locale?: string;
  /** For pages that are meant to fail, e.g. a form with an error: patterns of console errors that are expected. */
  expectedErrors?: RegExp[];
}

const PACKAGE = new URL('../../node_modules/@sparticuz/chromium/', import.meta.url);
const FONTS = new URL('../../node_modules/@expo-google-fonts/', import.meta.url);
/** Scripts that the browser's own font has no letters for. */
const SCRIPTS = ['', '-arabic', '-hebrew', '-jp', '-kr', '-sc', '-tc'];
const SYSTEM_BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const ARGUMENTS = [
  // Without the sandbox it runs as root and in containers; it visits only our own pages.
  '--no-sandbox',
  '--no-zygote',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-sync',
  '--no-first-run',
  '--font-render-hinting=none',
];

let running: Promise<Browser> | undefined;
let camera: string[] = [];

/** What this file's browser sees by its camera, for those that use one: pictures of JPEG one after another, again and again. */
export function setCamera(film: string): void {
  camera = [
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    `--use-file-for-fake-video-capture=${film}`,
  ];
}

/**
 * Opens a page in a real Chromium for the time of `work`: its own cookies, no page of another test. An error in the
 * browser's console or an uncaught one fails the test. The browser is started once per test file; call `closeBrowser` in
 * `after`.
 */
export async function withBrowser<T>(
  options: BrowserOptions,
  work: (page: Page, context: BrowserContext) => Promise<T>,
): Promise<T> {
  running ??= launchBrowser();
  const browser = await running;
  const context = await browser.newContext({
    javaScriptEnabled: options.javaScript ?? true,
    viewport: { width: options.width ?? 1280, height: 900 },
    locale: options.locale ?? 'en-GB',
    timezoneId: 'Europe/Berlin',
  });
  context.setDefaultTimeout(15_000);
  const errors: string[] = [];
  context.on('console', (message) => {
    if (message.type() === 'error') errors.push(`${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => errors.push(String(error.error())));
  try {
    const result = await work(await context.newPage(), context);
    const unexpected = errors.filter((error) => !options.expectedErrors?.some((pattern) => pattern.test(error)));
    assert.deepEqual(unexpected, [], 'errors in the browser');
    return result;
  } finally {
    await context.close();
  }
}

/** Ends the browser of this test file. */
export async function closeBrowser(): Promise<void> {
  const browser = await running;
  running = undefined;
  await browser?.close();
}

async function launchBrowser(): Promise<Browser> {
  const folder = unpackBrowser();
  const system = SYSTEM_BROWSERS.find(existsSync);
  if (!folder && !system) throw new Error('No Chromium: npm carries none for this platform, and none is installed');
  return chromium.launch({
    executablePath: folder ? join(folder, 'chromium') : system,
    args: [...ARGUMENTS, ...camera],
    env: folder
      ? { ...process.env, LD_LIBRARY_PATH: join(folder, 'al2023/lib'), FONTCONFIG_FILE: writeFontList(folder) }
      : process.env,
  });
}

/** The browser's own font first, then Noto for every script of ours: pictures show letters, not boxes. */
function writeFontList(folder: string): string {
  const noto = SCRIPTS.flatMap((script) =>
    ['400Regular', '700Bold'].map((weight) => fileURLToPath(new URL(`noto-sans${script}/${weight}`, FONTS))),
  ).filter(existsSync);
  const list = join(dirname(folder), `fonts-${process.pid}.conf`);
  const lines = [join(folder, 'fonts/fonts'), ...noto].map((path) => `<dir>${path}</dir>`);
  lines.push(
    `<cachedir>${join(dirname(folder), 'fonts-cache')}</cachedir>`,
    '<match target="pattern"><edit name="family" mode="append"><string>Open Sans</string></edit></match>',
  );
  writeFileSync(list, `<?xml version="1.0"?>\n<fontconfig>\n${lines.join('\n')}\n</fontconfig>\n`);
  process.once('exit', () => rmSync(list, { force: true }));
  return list;
}

/**
 * Unpacks the Chromium that npm carries, with the system libraries it needs, into a folder of this user; two test files
 * may do so at once, the first one stays. Returns undefined where it does not run.
 */
function unpackBrowser(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64' || !existsSync(PACKAGE)) return undefined;
  const { version } = JSON.parse(readFileSync(new URL('package.json', PACKAGE), 'utf8')) as { version: string };
  const home = join(tmpdir(), `fieldfix-test-${process.getuid?.() ?? 'user'}`);
  const folder = join(home, `chromium-${version}`);
  if (existsSync(folder)) return folder;
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const unfinished = mkdtempSync(join(home, 'unpack-'));
  // The package unpacks into TMPDIR, and its libraries only where it believes to be in the cloud it was made for.
  const unpacked = spawnSync(
    process.execPath,
    [
      '-e',
      `import(${JSON.stringify(new URL('build/esm/index.js', PACKAGE).href)}).then((m) => m.default.executablePath())`,
    ],
    { env: { ...process.env, TMPDIR: unfinished, AWS_LAMBDA_JS_RUNTIME: 'nodejs22.x' }, encoding: 'utf8' },
  );
  if (unpacked.status !== 0) throw new Error(`Chromium could not be unpacked: ${unpacked.stderr}`);
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(unfinished, { recursive: true });
  }
  return folder;
}
