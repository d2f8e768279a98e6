/**
 * `npm test`: types and lint, then every test on the embedded database, then those that touch a database again on a real
 * PostgreSQL from npm. `npm test -- word …` runs the test files whose path has one of the words; `--lint` checks types,
 * style and layers only. The last line is `N passed, N failed`; the exit code is 0 if none failed.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { run } from 'node:test';
import { listSources, reaches, root } from './helpers/imports.ts';
import { type PostgresServer, startPostgres } from './helpers/postgres-server.ts';

const LAYERS = 'test/layers.test.ts';
const FILE_TIMEOUT_MS = 10 * 60_000;
const total = { passed: 0, failed: 0 };
const interrupted = new AbortController();

const words = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const lintOnly = process.argv.includes('--lint');

function report(passed: boolean, line: string): void {
  total[passed ? 'passed' : 'failed']++;
  console.log(`${passed ? '✔' : '✖'} ${line}`);
}

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/** Runs a tool of node_modules; its output is shown only when it finds something. */
async function check(name: string, script: string, ...args: string[]): Promise<void> {
  const began = performance.now();
  const child = spawn(process.execPath, [join(root, 'node_modules', script), ...args], { cwd: root });
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  child.stderr.on('data', (text) => (output += text));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) console.log(output);
  report(code === 0, `${name} (${seconds(began)})`);
}

interface FileResult {
  passed: number;
  failed: number;
  output: string;
  /** Its line has been printed and nothing came after. */
  shown: boolean;
}

/** Runs test files, two at a time, each in its own process, and prints one line per file and every failure in full. */
async function runFiles(title: string, files: string[]): Promise<void> {
  if (files.length === 0 || interrupted.signal.aborted) return;
  console.log(`\n${title}: ${files.length} files`);
  const results = new Map<string, FileResult>();
  const of = (file: string | undefined): FileResult => {
    const key = file ?? '';
    let result = results.get(key);
    if (!result) {
      result = { passed: 0, failed: 0, output: '', shown: false };
      results.set(key, result);
    }
    return result;
  };
  const stream = run({
    files: files.map((file) => join(root, file)),
    concurrency: 2,
    timeout: FILE_TIMEOUT_MS,
    forceExit: true,
    signal: interrupted.signal,
    execArgv: process.execArgv,
  });
  stream.on('test:pass', (test) => {
    if (test.details.type !== 'suite' && test.skip === undefined && test.todo === undefined) of(test.file).passed++;
  });
  stream.on('test:fail', (test) => {
    const error = test.details.error as Error & { failureType?: string };
    const cause = error.cause instanceof Error ? error.cause : error;
    // A suite or a file fails because of a test in it, which is counted there.
    if (error.failureType === 'subtestsFailed') return;
    const result = of(test.file);
    result.failed++;
    result.shown = false;
    result.output += `\n✖ ${test.name}  (${test.file ?? title}:${test.line ?? 0})\n${cause.stack ?? String(cause)}\n`;
  });
  for (const event of ['test:stderr', 'test:stdout'] as const) {
    stream.on(event, ({ file, message }) => {
      of(file).output += message;
    });
  }
  stream.on('test:summary', ({ file, duration_ms }) => {
    if (file) printFile(file, of(file), duration_ms);
  });
  // Reading to the end is what waits for the tests.
  for await (const _ of stream);
  for (const [file, result] of results) {
    // A process that broke off has no summary, one that failed at its very end has an outdated line.
    if (!result.shown && result.failed > 0) printFile(file, result);
    total.passed += result.passed;
    total.failed += result.failed;
  }
}

function printFile(file: string, result: FileResult, milliseconds?: number): void {
  const { passed, failed, output } = result;
  const counts = `${passed} passed${failed ? `, ${failed} failed` : ''}`;
  const time = milliseconds === undefined ? '' : ` (${(milliseconds / 1000).toFixed(1)} s)`;
  console.log(`${failed ? '✖' : '✔'} ${file.replace(`${root}/`, '')}  ${counts}${time}`);
  if (failed > 0) console.log(output.replace(/^/gm, '  '));
  result.shown = true;
}

async function runTests(): Promise<void> {
  const files = listSources('test').filter((file) => /\.test\.tsx?$/.test(file));
  const chosen = files.filter((file) => words.length === 0 || words.some((word) => file.includes(word)));
  if (chosen.length === 0) return report(false, `no test file has ${words.join(' or ')} in its path`);
  await runFiles('Embedded database', chosen);
  const onServer = chosen.filter(
    (file) => !file.startsWith('test/journeys/') && reaches(file, 'test/helpers/database.ts'),
  );
  if (onServer.length === 0 || interrupted.signal.aborted) return;
  let server: PostgresServer | undefined;
  try {
    server = await startPostgres();
    if (!server) return report(false, 'npm carries no PostgreSQL for this platform: those tests were not run');
    process.env.TEST_DATABASE = 'postgresql';
    process.env.TEST_DATABASE_URL = server.url;
    await runFiles('PostgreSQL', onServer);
  } catch (error) {
    report(false, `PostgreSQL could not be started: ${error instanceof Error ? error.message : error}`);
  } finally {
    await server?.stop();
  }
}

process.on('SIGINT', () => interrupted.abort());
process.on('SIGTERM', () => interrupted.abort());

if (words.length === 0) {
  await Promise.all([
    check('types', 'typescript/bin/tsc', '--noEmit'),
    check('style', '@biomejs/biome/bin/biome', 'check', '--error-on-warnings'),
  ]);
}
if (lintOnly) await runFiles('Layers', [LAYERS]);
else await runTests();
if (interrupted.signal.aborted) report(false, 'interrupted');
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
