import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ParseArgsConfig } from 'node:util';
import type { ClientEnvironment } from '../config.ts';
import { importFile } from './import.ts';
import { listPackages, uploadPackage } from './package.ts';
import { type Fetch, keyServer, personServer } from './server.ts';
import { printStatus, type Status } from './status.ts';
import { CommandError, printTable, type Terminal, UsageError } from './terminal.ts';
import { exportXliff, importXliff } from './xliff.ts';

export type Flags = Record<string, string | boolean | (string | boolean)[] | undefined>;

export interface Command {
  usage: string;
  /** One line for the list, then what a reader must know. */
  help: string;
  options?: ParseArgsConfig['options'];
  /** Number of arguments: least and most. */
  takes: [number, number];
  run(call: {
    args: string[];
    flags: Flags;
    env: ClientEnvironment;
    fetch: Fetch;
    terminal: Terminal;
  }): Promise<number>;
}

const text = (value: Flags[string]): string | undefined => (typeof value === 'string' ? value : undefined);
const texts = (value: Flags[string]): string[] => (Array.isArray(value) ? value.map(String) : []);
const jsonOption = { json: { type: 'boolean' as const } };
const personOption = { as: { type: 'string' as const } };
const PERSON = 'A person signs this: e-mail by --as or FIELDFIX_EMAIL, password typed or in FIELDFIX_PASSWORD_FILE.';

/** Every command that works over HTTP. */
export const commands: Readonly<Record<string, Command>> = {
  import: {
    usage: 'import parties|sites|contacts|products|units FILE [--as-proposed] [--dry-run | --apply | --valid-only]',
    help: `Import a CSV or XLSX file.
Without --apply nothing is changed: the check says what would be. --apply takes all rows or none; --valid-only leaves
refused rows out. The same file twice changes nothing. Headings never seen before are shown with what we take them for;
--as-proposed says that this is right, and it is kept.`,
    options: {
      'as-proposed': { type: 'boolean' },
      apply: { type: 'boolean' },
      'valid-only': { type: 'boolean' },
      'dry-run': { type: 'boolean' },
    },
    takes: [2, 2],
    run({ args: [kind = '', file = ''], flags, env, fetch, terminal }) {
      const chosen = ['apply', 'valid-only', 'dry-run'].filter((name) => flags[name]);
      if (chosen.length > 1) throw new UsageError(`--${chosen.join(' and --')} exclude each other.`);
      const mode = flags.apply ? 'all' : flags['valid-only'] ? 'valid' : 'check';
      const asProposed = flags['as-proposed'] === true;
      return importFile(keyServer(env, fetch), terminal, { kind, file, folder: env.startedFrom, mode, asProposed });
    },
  },
  actions: {
    usage: 'actions [--json]',
    help: 'List the actions and how far each is.',
    options: jsonOption,
    takes: [0, 0],
    async run({ flags, env, fetch, terminal }) {
      const { rows } = await keyServer(env, fetch).json<{ rows: Record<string, string | number>[] }>(
        'GET',
        '/actions?size=500',
      );
      if (flags.json) terminal.out(`${JSON.stringify(rows, null, 2)}\n`);
      else {
        const names = ['reference', 'stage', 'total', 'owed', 'verified', 'tasks', 'title'];
        const headings = ['REFERENCE', 'STAGE', 'CORRECTIONS', 'OWED', 'VERIFIED', 'TASKS', 'TITLE'];
        terminal.out(
          printTable(
            headings,
            rows.map((row) => names.map((name) => row[name] ?? null)),
          ),
        );
      }
      return 0;
    },
  },
  status: {
    usage: 'status REFERENCE [--json]',
    help: 'Show how far an action is: corrections, parties, letters, deadlines, tasks.',
    options: jsonOption,
    takes: [1, 1],
    async run({ args: [reference = ''], flags, env, fetch, terminal }) {
      const status = await keyServer(env, fetch).json<Status>(
        'GET',
        `/actions/${encodeURIComponent(reference)}/status`,
      );
      terminal.out(flags.json ? `${JSON.stringify(status, null, 2)}\n` : printStatus(status));
      return 0;
    },
  },
  release: {
    usage: 'release REFERENCE [--reason TEXT] [--as E-MAIL]',
    help: `Release an approved action: its letters go out.
${PERSON}
--reason answers findings that may be answered instead of mended.`,
    options: { reason: { type: 'string' }, ...personOption },
    takes: [1, 1],
    async run({ args: [reference = ''], flags, env, fetch, terminal }) {
      const person = await personServer(env, fetch, terminal, text(flags.as));
      const body = { reason: text(flags.reason) ?? '', credential: await person.credential() };
      const path = `/actions/${encodeURIComponent(reference)}/release`;
      const done = await person.server.json<{ deliveries: number; tasks: number }>('POST', path, body);
      terminal.out(`Released: ${done.deliveries} letters planned, ${done.tasks} tasks opened.\n`);
      return 0;
    },
  },
  export: {
    usage: 'export LIST [--action REFERENCE] [--filter NAME=VALUE]… [--format csv|xlsx] [-o FILE]',
    help: `Write a list as a file: actions, corrections, deliveries, downloads, events, obligations, parties, products, tasks, units.
corrections, deliveries, downloads and obligations need --action. Without -o the file goes to standard output.`,
    options: {
      action: { type: 'string' },
      filter: { type: 'string', multiple: true },
      format: { type: 'string' },
      output: { type: 'string', short: 'o' },
    },
    takes: [1, 1],
    async run({ args: [list = ''], flags, env, fetch, terminal }) {
      const output = text(flags.output);
      const format = text(flags.format) ?? (output?.endsWith('.xlsx') ? 'xlsx' : 'csv');
      if (format === 'xlsx' && !output) throw new UsageError('Say where the workbook goes: -o FILE.xlsx.');
      const query = new URLSearchParams({ format });
      const action = text(flags.action);
      if (action) query.set('action', action);
      for (const filter of texts(flags.filter)) {
        const at = filter.indexOf('=');
        if (at < 1) throw new UsageError(`--filter ${filter}: write NAME=VALUE, e.g. country=DE.`);
        query.set(filter.slice(0, at), filter.slice(at + 1));
      }
      const response = await keyServer(env, fetch).send('GET', `/exports/${encodeURIComponent(list)}?${query}`);
      if (!response.body) throw new CommandError('The server sent no file.');
      const bytes = Readable.fromWeb(response.body as import('node:stream/web').ReadableStream);
      if (!output) {
        for await (const chunk of bytes) terminal.out(Buffer.from(chunk).toString('utf8'));
        return 0;
      }
      const path = resolve(env.startedFrom, output);
      try {
        await pipeline(bytes, createWriteStream(path));
      } catch (error) {
        throw new CommandError(
          `${output} cannot be written (${(error as { code?: string }).code ?? (error as Error).message}).`,
        );
      }
      terminal.err(`${path}\n`);
      return 0;
    },
  },
  xliff: {
    usage:
      'xliff export REFERENCE --language CODE [--format 2.1|1.2] [-o FILE] | xliff import REFERENCE FILE [--apply [--looked]]',
    help: `Send the newest notice of an action to translators, and take back what they made.
import changes nothing without --apply: it prints what each text would become and what speaks against it. --looked says
that somebody has read what needs a look. Texts that break a fact are never taken.`,
    options: {
      language: { type: 'string' },
      format: { type: 'string' },
      output: { type: 'string', short: 'o' },
      apply: { type: 'boolean' },
      looked: { type: 'boolean' },
    },
    takes: [2, 3],
    run({ args: [verb, reference = '', file], flags, env, fetch, terminal }) {
      const server = keyServer(env, fetch);
      const folder = env.startedFrom;
      const language = text(flags.language);
      if (verb === 'export' && file === undefined) {
        if (!language) throw new UsageError('Say which language: --language CODE, e.g. fr.');
        const format = text(flags.format) ?? '2.1';
        return exportXliff(server, terminal, { reference, language, format, output: text(flags.output), folder });
      }
      if (verb === 'import' && file !== undefined) {
        const apply = flags.apply === true;
        return importXliff(server, terminal, { reference, file, folder, apply, looked: flags.looked === true });
      }
      throw new UsageError('Say xliff export REFERENCE --language CODE, or xliff import REFERENCE FILE.');
    },
  },
  package: {
    usage:
      'package upload FILE --package NUMBER | package list REFERENCE [--json] | package withdraw NUMBER --reason TEXT',
    help: `Upload the file of a package, list the packages of an action, withdraw one.
upload goes on where it stopped when the same file is given again. Packages are named and signed at the desk.
withdraw stops every download at once and tells those who have it; it cannot be undone.`,
    options: { package: { type: 'string' }, reason: { type: 'string' }, ...jsonOption },
    takes: [2, 2],
    async run({ args: [verb, subject = ''], flags, env, fetch, terminal }) {
      const server = keyServer(env, fetch);
      if (verb === 'list') return listPackages(server, terminal, { reference: subject, json: flags.json === true });
      const number = Number(verb === 'upload' ? text(flags.package) : subject);
      if (!Number.isSafeInteger(number) || number < 1)
        throw new UsageError('Say which package by its number; package list REFERENCE shows them.');
      if (verb === 'upload')
        return uploadPackage(server, terminal, { packageId: number, file: subject, folder: env.startedFrom });
      if (verb !== 'withdraw') throw new UsageError(`package ${verb}: say upload, list or withdraw.`);
      const done = await server.json<{ revoked: number; told: number }>('POST', `/packages/${number}/withdraw`, {
        reason: text(flags.reason) ?? '',
      });
      terminal.out(`Withdrawn: ${done.revoked} open downloads ended, ${done.told} contacts who have it are told.\n`);
      return 0;
    },
  },
  tasks: {
    usage: 'tasks [--all] [--kind KIND] [--json]',
    help: 'List what needs a person. --all shows ended tasks too.',
    options: { all: { type: 'boolean' }, kind: { type: 'string' }, ...jsonOption },
    takes: [0, 0],
    async run({ flags, env, fetch, terminal }) {
      const query = new URLSearchParams({ size: '200' });
      if (!flags.all) query.set('state', 'open');
      const kind = text(flags.kind);
      if (kind) query.set('kind', kind);
      const page = await keyServer(env, fetch).json<{ rows: Record<string, string | number>[]; total: number }>(
        'GET',
        `/tasks?${query}`,
      );
      if (flags.json) terminal.out(`${JSON.stringify(page.rows, null, 2)}\n`);
      else {
        const names = ['id', 'priority', 'kind', 'state', 'reference', 'country', 'party', 'owner', 'dueOn'];
        terminal.out(
          printTable(
            ['ID', 'PRIORITY', 'KIND', 'STATE', 'ACTION', 'COUNTRY', 'PARTY', 'OWNER', 'DUE'],
            page.rows.map((row) => names.map((name) => row[name] ?? null)),
          ),
        );
        if (page.total > page.rows.length)
          terminal.err(`${page.total - page.rows.length} more: fieldfix export tasks\n`);
      }
      return 0;
    },
  },
  verify: {
    usage: 'verify [--json]',
    help: `Recompute the chain of events on the server, and name the first row that was tampered with.
verify --local does it on the machine that has the data, without a server.`,
    options: jsonOption,
    takes: [0, 0],
    async run({ flags, env, fetch, terminal }) {
      const verdict = await keyServer(env, fetch).json<{
        chain: string;
        events: number;
        hash?: string;
        seq?: number;
        problem?: string;
      }>('GET', '/events/verify');
      if (flags.json) terminal.out(`${JSON.stringify(verdict, null, 2)}\n`);
      else if (verdict.chain === 'ok')
        terminal.out(`The chain is whole: ${verdict.events} events, last hash ${verdict.hash}\n`);
      else terminal.out(`The chain is broken at event ${verdict.seq} (${verdict.problem}).\n`);
      return verdict.chain === 'ok' ? 0 : 1;
    },
  },
  key: {
    usage: 'key create NAME --scope SCOPE… [--days N] | key list | key revoke ID   [--as E-MAIL]',
    help: `Make, list and end API keys.
${PERSON} It takes an administrator.
The key is printed once, on standard output; scopes are the permissions named at /api.`,
    options: { scope: { type: 'string', multiple: true }, days: { type: 'string' }, ...personOption, ...jsonOption },
    takes: [1, 2],
    async run({ args: [verb, subject], flags, env, fetch, terminal }) {
      if (!['create', 'list', 'revoke'].includes(verb ?? ''))
        throw new UsageError(`key ${verb}: say create, list or revoke.`);
      if (verb !== 'list' && !subject)
        throw new UsageError(verb === 'create' ? 'Say what the key is for.' : 'Say which key by its number.');
      const { server } = await personServer(env, fetch, terminal, text(flags.as));
      if (verb === 'create') {
        const days = text(flags.days);
        const body = { name: subject, scopes: texts(flags.scope), ...(days ? { days: Number(days) } : {}) };
        const made = await server.json<{ id: number; secret: string }>('POST', '/keys', body);
        terminal.err(`Key ${made.id}. It is shown only now:\n`);
        terminal.out(`${made.secret}\n`);
      } else if (verb === 'revoke') {
        await server.json('POST', `/keys/${encodeURIComponent(subject ?? '')}/revoke`);
        terminal.out(`Key ${subject} is revoked.\n`);
      } else {
        const { rows } = await server.json<{ rows: KeyRow[] }>('GET', '/keys');
        const cells = rows.map((row) => [
          row.id,
          row.name,
          `${row.prefix}…`,
          row.revokedAt ? 'revoked' : 'open',
          row.lastUsedAt?.slice(0, 16) ?? 'never',
          row.scopes.join(' '),
        ]);
        terminal.out(
          flags.json
            ? `${JSON.stringify(rows, null, 2)}\n`
            : printTable(['ID', 'NAME', 'KEY', 'STATE', 'USED', 'SCOPES'], cells),
        );
      }
      return 0;
    },
  },
};

interface KeyRow {
  id: number;
  name: string;
  prefix: string;
  scopes: string[];
  revokedAt: string | null;
  lastUsedAt: string | null;
}
