import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { samplePassword } from '../src/app/accounts.ts';
import { checkImport, runImport } from '../src/app/imports.ts';
import { runClient } from '../src/cli/client.ts';
import { type ClientEnvironment, clientEnvironment } from '../src/config.ts';
import { keyScopes } from '../src/domain/permission.ts';
import { StartError } from '../src/domain/start-error.ts';
import { plantField } from './helpers/field.ts';
import { type House, openHouse, publicUrl } from './helpers/house.ts';

describe('the command fieldfix over HTTP', () => {
  let house: House;
  let folder: string;
  let env: ClientEnvironment;
  before(async () => {
    house = await openHouse();
    await plantField(house.ctx);
    house.queue.work('check-import', async (data) => checkImport(house.ctx, Number(data.id)));
    house.queue.work('apply-import', async (data) => runImport(house.ctx, Number(data.id)));
    folder = await mkdtemp(join(tmpdir(), 'fieldfix-cli-'));
    await writeFile(join(folder, 'password'), `${samplePassword}\n`);
    env = {
      url: publicUrl,
      key: await house.key(...keyScopes),
      email: 'administrator@fieldfix.example',
      passwordFile: join(folder, 'password'),
      startedFrom: folder,
    };
    const made = await house.api(env.key ?? '', 'POST', '/actions', {
      reference: 'FSN-1',
      title: 'Patch of the run manager',
    });
    assert.equal(made.status, 201);
  });
  after(async () => {
    await house.close();
    await rm(folder, { recursive: true });
  });

  async function run(
    line: string[],
    more: Partial<ClientEnvironment> = {},
  ): Promise<{ code: number; out: string; err: string }> {
    const said = { out: '', err: '' };
    const code = await runClient(
      line,
      { ...env, ...more },
      {
        fetch: async (url, init) => {
          const answer = await house.app.request(url, init);
          await house.queue.runPending();
          return answer;
        },
        terminal: {
          out: (text) => {
            said.out += text;
          },
          err: (text) => {
            said.err += text;
          },
          live: false,
          ask: async () => undefined,
        },
      },
    );
    return { code, ...said };
  }

  it('explains each command', async () => {
    for (const name of ['import', 'release', 'status', 'export', 'verify', 'tasks', 'actions', 'key']) {
      const help = await run([name, '--help']);
      assert.equal(help.code, 0);
      assert.match(help.out, new RegExp(`^Usage: fieldfix ${name}`));
    }
  });

  it('ends with 2 and the usage when used wrongly', async () => {
    for (const line of [
      ['nonsense'],
      ['status'],
      ['status', 'a', 'b'],
      ['tasks', '--colour'],
      ['import', 'units', 'f', '--apply', '--valid-only'],
      ['export', 'parties', '--filter', 'x'],
      ['export', 'parties', '--format', 'xlsx'],
      ['key', 'eat'],
    ]) {
      const wrong = await run(line);
      assert.equal(wrong.code, 2, line.join(' '));
      assert.equal(wrong.out, '');
    }
  });

  it('says in one line what was refused', async () => {
    const unknown = await run(['status', 'NOPE']);
    assert.deepEqual([unknown.code, unknown.out], [1, '']);
    assert.match(unknown.err, /^fieldfix status: There is no action NOPE\.[^\n]*\n$/);
    assert.match((await run(['actions'], { key: undefined })).err, /No key: set FIELDFIX_KEY/);
    assert.match((await run(['actions'], { key: 'ff_wrong' })).err, /not known here/);
  });

  it('shows actions, status, tasks and the chain', async () => {
    assert.match((await run(['actions'])).out, /REFERENCE.*\nFSN-1 {2}/);
    assert.match((await run(['status', 'FSN-1'])).out, /Stage {8}draft\nCorrections {2}0: none/);
    assert.equal(JSON.parse((await run(['status', 'FSN-1', '--json'])).out).stage, 'draft');
    assert.equal((await run(['tasks'])).code, 0);
    assert.match((await run(['verify'])).out, /The chain is whole: \d+ events/);
  });

  it('writes exports to a file or to standard output', async () => {
    assert.match((await run(['export', 'parties', '--filter', 'country=DE'])).out, /Spital Nord/);
    assert.equal((await run(['export', 'units', '-o', 'units.xlsx'])).code, 0);
    assert.equal((await readFile(join(folder, 'units.xlsx'))).subarray(0, 2).toString(), 'PK');
    assert.match((await run(['export', 'units', '-o', 'no/such/folder.csv'])).err, /cannot be written \(ENOENT\)/);
  });

  it('makes keys as a person, and releases as one', async () => {
    const made = await run(['key', 'create', 'ERP', '--scope', 'action.read', '--days', '30']);
    assert.equal(made.code, 0, made.err);
    assert.match(made.out, /^ff_[\w-]+\n$/);
    assert.equal((await run(['actions'], { key: made.out.trim() })).code, 0);
    const list = await run(['key', 'list']);
    const id = /^(\s*\d+) {2}ERP/m.exec(list.out)?.[1]?.trim() ?? '';
    assert.equal((await run(['key', 'revoke', id])).code, 0);
    assert.match((await run(['actions'], { key: made.out.trim() })).err, /revoked/);
    assert.match((await run(['key', 'create', 'X', '--scope', 'account.manage'])).err, /scopes/);
    const release = await run(['release', 'FSN-1', '--as', 'quality@fieldfix.example']);
    assert.equal(release.code, 1);
    assert.match(release.err, /no approved notice/);
    await writeFile(join(folder, 'wrong'), 'not the password');
    assert.match((await run(['key', 'list'], { passwordFile: join(folder, 'wrong') })).err, /did not accept/);
  });

  it('imports: checked first, applied when told to, refused rows named with their mends', async () => {
    const file = 'parties.csv';
    await writeFile(
      join(folder, file),
      'Customer number,Name,Country,City\nC1,Klinik Ost,Germany,Dresden\nC2,Ospedale,Atlantis,Roma\n',
    );
    const first = await run(['import', 'parties', file]);
    assert.equal(first.code, 1);
    assert.match(first.err, /headings are new here.*\/imports\/\d+/);
    assert.match(first.err, /"Customer number": .*number\n/i);

    const dry = await run(['import', 'parties', file, '--as-proposed']);
    assert.equal(dry.code, 1, dry.err);
    assert.equal(dry.out, '2 rows: 1 new, 0 changed, 0 as they are, 1 refused.\n');
    assert.match(dry.err, /Row 3, Country "Atlantis": Atlantis is not a country we know. Write its two-letter code/);
    const applied = await run(['import', 'parties', file, '--valid-only']);
    assert.equal(applied.code, 0, applied.err);
    assert.match(applied.out, /Applied\.\n$/);
    assert.match((await run(['export', 'parties'])).out, /Klinik Ost/);
    await writeFile(join(folder, file), 'Customer number,Name,Country,City\nC1,Klinik Ost,Germany,Dresden\n');
    const again = await run(['import', 'parties', file, '--apply']);
    assert.match(again.out, /^1 rows: 0 new, 0 changed, 1 as they are, 0 refused\.\nApplied/);
    assert.match((await run(['import', 'parties', 'no-such-file.csv'])).err, /is no file/);
    assert.match((await run(['import', 'planets', file])).err, /kind/);
  });

  it('reads its environment', () => {
    assert.equal(clientEnvironment({}).url, 'http://localhost:3000');
    assert.equal(
      clientEnvironment({ FIELDFIX_URL: 'https://f.example/', FIELDFIX_KEY: 'ff_x' }).url,
      'https://f.example',
    );
    assert.throws(() => clientEnvironment({ FIELDFIX_URL: 'nonsense' }), StartError);
    assert.throws(() => clientEnvironment({ FIELDFIX_KEY_FILE: '/no/such/file' }), StartError);
  });
});
