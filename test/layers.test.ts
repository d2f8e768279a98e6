/**
 * The arrows of the house, one way: http, jobs, cli → app → domain; app → db → domain; adapters → domain. app sees
 * adapters and jobs only as types. domain has no clock and touches nothing outside. Only app and db write SQL.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Import, listImports, listSources, root } from './helpers/imports.ts';

type Room = 'domain' | 'db' | 'adapters' | 'app' | 'jobs' | 'http' | 'cli' | 'config' | 'main' | 'templates';

interface Law {
  /** Rooms it may use. */
  may: Room[];
  /** Rooms it may use as types only. */
  types?: Room[];
  sentence: string;
}

const LAWS: Record<Room, Law> = {
  domain: { may: ['domain'], sentence: 'domain imports domain only' },
  db: { may: ['db', 'domain'], sentence: 'db imports db and domain only' },
  adapters: {
    may: ['adapters', 'domain'],
    types: ['db'],
    sentence: 'adapters import adapters and domain only, and db as types',
  },
  app: {
    may: ['app', 'db', 'domain'],
    types: ['adapters', 'jobs'],
    sentence: 'app imports app, db and domain, and adapters and jobs only as types',
  },
  jobs: {
    may: ['jobs', 'app', 'domain'],
    types: ['db', 'adapters'],
    sentence: 'jobs import jobs, app and domain, and db and adapters only as types',
  },
  http: {
    may: ['http', 'app', 'domain'],
    types: ['db', 'adapters', 'jobs'],
    sentence: 'http imports http, app and domain, and the others only as types',
  },
  cli: {
    // Backup and restore open the database themselves: no server runs then.
    may: ['main', 'cli', 'config', 'app', 'db', 'domain'],
    types: ['adapters', 'jobs'],
    sentence: 'cli imports main, config, app, db and domain',
  },
  config: { may: ['config', 'domain'], types: ['db'], sentence: 'config imports domain, and db only as types' },
  main: {
    may: ['main', 'config', 'db', 'adapters', 'app', 'jobs', 'http', 'domain'],
    sentence: 'main puts everything together',
  },
  templates: { may: ['templates', 'domain'], sentence: 'templates import domain only' },
};

/** Built into Node and pure: calculation, no clock, no disk, no network. */
const PURE_BUILTINS = new Set(['node:crypto', 'node:util', 'node:buffer', 'node:url', 'node:path']);
/** Packages that reach outside; everything else from npm is a pure library to domain. */
const OUTSIDE_PACKAGES = /^(kysely|pg|pg-boss|hono|@hono\/|nodemailer|mailparser|better-auth|@electric-sql\/|preact)/;

/** What reaches for the clock or outside in domain, and the word for it. */
const OUTSIDE_CODE: [RegExp, string][] = [
  [/\bDate\.now\s*\(/, 'Date.now()'],
  [/\bnew Date\(\s*\)/, 'new Date() without an argument'],
  [/\bTemporal\.Now\b/, 'Temporal.Now'],
  [/\bperformance\.now\s*\(/, 'performance.now()'],
  [/\bMath\.random\s*\(/, 'Math.random()'],
  [/\bprocess\./, 'process'],
  [/\bfetch\s*\(/, 'fetch()'],
  [/\bset(?:Timeout|Interval)\s*\(/, 'a timer'],
];

/** Other than in app and db, the clock comes from the context too: a played action keeps its own calendar. */
const CLOCK_IN_APP: [RegExp, string][] = OUTSIDE_CODE.slice(0, 3);

function roomOf(file: string): Room | undefined {
  const [, top = ''] = file.split('/');
  if (!file.startsWith('src/')) return undefined;
  const name = top.replace(/\.tsx?$/, '') as Room;
  return name in LAWS ? name : undefined;
}

/** Comments and strings say nothing about what the code does. */
function codeOf(file: string): string {
  return readFileSync(join(root, file), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/(^|\s)\/\/[^\n]*/g, '$1')
    .replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''");
}

const where = (file: string, one: Import): string => `${file}:${one.line} imports ${one.specifier}`;

function checkImport(file: string, room: Room, one: Import): string | undefined {
  const law = LAWS[room];
  if (one.file === undefined) {
    if (room !== 'domain') return undefined;
    const pure = one.specifier.startsWith('node:')
      ? PURE_BUILTINS.has(one.specifier)
      : !OUTSIDE_PACKAGES.test(one.specifier);
    return pure ? undefined : `${where(file, one)}: domain is pure, it has no input, output or clock.`;
  }
  if (!one.file.startsWith('src/')) {
    // Data beside the source, e.g. locales/*.json, is everybody's. The commands `demo` and `docs` play the sample.
    const forbidden = room === 'cli' ? /^test\// : /^(test|sample)\//;
    return forbidden.test(one.file)
      ? `${where(file, one)}: src never imports test, and sample only in cli.`
      : undefined;
  }
  const goal = roomOf(one.file);
  if (!goal || law.may.includes(goal) || (one.typeOnly && law.types?.includes(goal))) return undefined;
  return `${where(file, one)}: ${law.sentence}.`;
}

function checkCode(file: string, room: Room): string[] {
  const code = codeOf(file);
  const lineOf = (index: number): number => code.slice(0, index).split('\n').length;
  const found: string[] = [];
  const laws = room === 'domain' ? OUTSIDE_CODE : room === 'app' ? CLOCK_IN_APP : [];
  for (const [pattern, name] of laws) {
    const match = pattern.exec(code);
    const law = room === 'domain' ? 'domain is pure, now is passed in' : 'app asks ctx.now()';
    if (match) found.push(`${file}:${lineOf(match.index)} uses ${name}: ${law}.`);
  }
  const sqlTag = /\bsql(?:<[^`]*?>)?`/.exec(code);
  if (sqlTag && room !== 'app' && room !== 'db') {
    found.push(`${file}:${lineOf(sqlTag.index)} writes SQL: only app and db write SQL.`);
  }
  const environment = /\bprocess\.env\b/.exec(code);
  if (environment && room !== 'config') {
    found.push(
      `${file}:${lineOf(environment.index)} reads process.env: config.ts is the only reader of the environment.`,
    );
  }
  return found;
}

describe('the layers', () => {
  const files = listSources('src');

  it('are known for every file', () => {
    const homeless = files.filter((file) => roomOf(file) === undefined);
    assert.deepEqual(homeless, [], 'files outside the rooms of the house');
  });

  it('are crossed in one direction only', () => {
    const broken = files.flatMap((file) => {
      const room = roomOf(file);
      return room ? listImports(file).flatMap((one) => checkImport(file, room, one) ?? []) : [];
    });
    assert.equal(broken.join('\n'), '');
  });

  it('keep clock, SQL and environment in their rooms', () => {
    const broken = files.flatMap((file) => {
      const room = roomOf(file);
      return room ? checkCode(file, room) : [];
    });
    assert.equal(broken.join('\n'), '');
  });

  it('import Kysely as values in app and db only', () => {
    const broken = files.flatMap((file) => {
      const room = roomOf(file);
      if (room === 'app' || room === 'db') return [];
      return listImports(file)
        .filter((one) => /^(kysely|pg)($|\/)/.test(one.specifier) && !one.typeOnly)
        .map((one) => `${where(file, one)}: only app and db write SQL.`);
    });
    assert.equal(broken.join('\n'), '');
  });
});
