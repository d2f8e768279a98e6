/** The operations of the API, from a new action to its list of corrections, as a program uses them. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { keyScopes } from '../src/domain/permission.ts';
import { operations } from '../src/http/api/operations.ts';
import { type Field, plantField } from './helpers/field.ts';
import { type House, openHouse } from './helpers/house.ts';

type Json = Record<string, unknown> & { rows?: Record<string, unknown>[] };

describe('every operation of the API', () => {
  let house: House;
  before(async () => {
    house = await openHouse();
  });
  after(() => house.close());
  const filled = (path: string) => path.replace(/:[a-zA-Z]+/g, '1');

  it('has its own place, words, and a field for each part of its path', () => {
    const places = operations.map((row) => `${row.method} ${row.path.replace(/:[a-zA-Z]+/g, ':')}`);
    assert.deepEqual(places, [...new Set(places)]);
    for (const row of operations) {
      const name = `${row.method} ${row.path}`;
      assert.match(row.summary, /^[A-Z].*[^.]$/, name);
      assert.match(row.description, /\.$/, name);
      const parts = [...row.path.matchAll(/:([a-zA-Z]+)/g)].map((part) => part[1] ?? '');
      assert.deepEqual(Object.keys(row.params?.shape ?? {}).sort(), parts.sort(), name);
    }
  });

  it('asks for a key, and for the scope it names', async () => {
    const nothing = await house.key('mailbox.read');
    for (const row of operations) {
      const name = `${row.method} ${row.path}`;
      const stranger = await house.app.request(`/api/v1${filled(row.path)}`, { method: row.method });
      assert.equal(stranger.status, 401, name);
      assert.match(stranger.headers.get('www-authenticate') ?? '', /^Bearer/, name);
      if (row.permission === 'any') continue;
      const answer = await house.api(nothing, row.method, filled(row.path));
      assert.equal(answer.status, 403, name);
      assert.equal(answer.headers.get('content-type'), 'application/problem+json');
      assert.equal(((await answer.json()) as Json).code, 'forbidden', name);
    }
  });

  it('is in the document and on the page', async () => {
    const document = (await (await house.app.request('/api/openapi.json')).json()) as {
      openapi: string;
      paths: Record<string, Record<string, { operationId: string; summary: string; responses: object }>>;
    };
    assert.match(document.openapi, /^3\.1\./);
    const page = await (await house.app.request('/api')).text();
    for (const row of operations) {
      const path = row.path.replace(/:([a-zA-Z]+)/g, '{$1}');
      const described = document.paths[path]?.[row.method.toLowerCase()];
      assert.equal(described?.summary, row.summary);
      assert.ok(page.includes(`id="${described?.operationId}"`), path);
    }
  });
});

describe('operations of the API', () => {
  let house: House;
  let key: string;
  let field: Field;
  before(async () => {
    house = await openHouse();
    house.setNow('2022-05-04T08:00:00Z');
    key = await house.key(...keyScopes);
    field = await plantField(house.ctx);
  });
  after(async () => {
    await house.close();
    assert.deepEqual(house.errors, []);
  });

  async function ask(method: string, path: string, body?: unknown): Promise<{ status: number; json: Json }> {
    const answer = await house.api(key, method, path, body);
    return { status: answer.status, json: (await answer.json()) as Json };
  }
  async function done(method: string, path: string, body?: unknown): Promise<Json> {
    const { status, json } = await ask(method, path, body);
    assert.ok(status < 300, `${method} ${path}: ${status} ${JSON.stringify(json)}`);
    return json;
  }

  it('lead an action from nothing to its corrections', async () => {
    const made = await done('POST', '/actions', {
      reference: 'FSN/2022-1',
      title: 'Patch of the run manager',
      kind: 'security-patch',
    });
    const path = `/actions/${encodeURIComponent('FSN/2022-1')}`;
    await done('PATCH', path, {
      hazard: 'Remote code execution',
      awareOn: '2022-04-01',
      embargoUntil: '2022-05-05T00:00:00Z',
    });
    await done('PUT', `${path}/regimes`, {
      regimes: [
        { country: 'DE', regime: 'IVDR' },
        { country: 'IT', regime: 'IVDR' },
      ],
    });
    await done('PUT', `${path}/vulnerabilities`, { vulnerabilities: [{ cve: 'CVE-2022-1517', cvssScore: 10 }] });
    await done('PUT', `${path}/environments`, { environmentIds: field.environmentIds });
    const remedy = await done('POST', `${path}/remedies`, { kind: 'interim-patch', name: 'Patch 1.0.0' });
    await done('PATCH', `/remedies/${remedy.id}`, { status: 'available' });
    await done('POST', `${path}/scope/rules`, {
      effect: 'include',
      productId: field.productId,
      conditions: {},
      reason: 'All of them',
    });
    const out = await done('POST', `${path}/scope/rules`, {
      effect: 'exclude',
      productId: null,
      conditions: { serials: ['NB550002'] },
      reason: 'Never shipped',
    });
    const run = await done('POST', `${path}/scope/runs`);
    assert.deepEqual([run.state, run.unitsIn, run.unitsOut], ['done', 2, 1]);
    const left = await done('GET', `/scope-runs/${run.id}/decisions?included=no`);
    assert.equal(left.rows?.[0]?.serial, 'NB550002');
    assert.equal(left.rows?.[0]?.reason, 'Never shipped');
    assert.deepEqual(await done('POST', `/scope-runs/${run.id}/apply`), { obligations: 2, corrections: 4 });
    assert.equal((await ask('POST', `/scope-runs/${run.id}/apply`)).json.code, 'scope.run-applied');
    await done('DELETE', `${path}/scope/rules/${out.id}`);

    const detail = await done('GET', `/actions/${made.id}`);
    assert.equal(detail.reference, 'FSN/2022-1');
    assert.equal(detail.embargoUntil, '2022-05-05T00:00:00+00:00');
    assert.equal((detail.remedies as Json[])[0]?.status, 'available');
    const status = await done('GET', `${path}/status`);
    assert.deepEqual([status.total, status.corrections, status.obligations], [4, { open: 4 }, { silent: 2 }]);
    const corrections = await done('GET', `${path}/corrections?state=owed&sort=-serial&size=3`);
    assert.deepEqual([corrections.total, corrections.rows?.length], [4, 3]);
    assert.equal(corrections.rows?.[0]?.serial, 'NB550003');
    const next = await done('GET', String(corrections.next).replace('/api/v1', ''));
    assert.deepEqual([next.rows?.length, next.next], [1, null]);
    assert.equal((await done('GET', `${path}/obligations?state=silent`)).total, 2);
  });

  it('leave signing to people', async () => {
    const release = await ask('POST', '/actions/1/release', {});
    assert.equal(release.json.code, 'action.no-approved-notice');
    const move = await ask('POST', '/actions/1/move', { to: 'released' });
    assert.ok(move.status === 422 || move.status === 403, JSON.stringify(move));
    const approve = await ask('POST', '/notices/1/approve', {
      as: 'quality',
      contentHash: 'a'.repeat(64),
      credential: { password: 'x' },
    });
    assert.equal(approve.status, 403);
  });

  it('write, change and hand in a notice', async () => {
    const document = { layout: 'letter', variants: {}, texts: { en: { title: 'Urgent' } } };
    const made = await done('POST', '/actions/1/notices', { number: '2000', document });
    const before = await done('GET', `/notices/${made.id}`);
    const changed = { ...document, texts: { en: { title: 'Urgent Field Safety Notice' } } };
    await done('PUT', `/notices/${made.id}`, { basedOn: before.contentHash, document: changed });
    const late = await ask('PUT', `/notices/${made.id}`, { basedOn: before.contentHash, document });
    assert.deepEqual([late.status, late.json.code], [409, 'notice.changed-meanwhile']);
    await done('POST', `/notices/${made.id}/submit`);
    assert.equal((await done('GET', `/notices/${made.id}`)).state, 'in-review');
    await done('POST', `/notices/${made.id}/withdraw`);
  });

  it('read parties, units, products, and find by what is in hand', async () => {
    assert.equal((await done('GET', '/parties?country=IT')).rows?.[0]?.ref, 'P2');
    assert.equal((await done('GET', '/units?q=nb550001')).total, 1);
    assert.deepEqual((await done('GET', '/products')).rows?.[0]?.environments, ['Diagnostic mode', 'Research mode']);
    assert.deepEqual(
      (await done('GET', '/search?q=NB550001')).rows?.map((row) => row.kind),
      ['unit'],
    );
  });

  it('refuse misspelt filters and pages that are too deep, with the place', async () => {
    const wrong = await ask('GET', '/units?contry=DE&size=9999');
    assert.equal(wrong.status, 422);
    assert.match(JSON.stringify(wrong.json.errors), /contry/);
    assert.equal((await ask('GET', '/units?page=2000&size=500')).json.code, 'list.too-deep');
    assert.equal((await ask('GET', '/actions?stage=nonsense')).status, 422);
  });

  it('answer 404 for what is not there', async () => {
    for (const path of ['/actions/NOPE', '/actions/NOPE/status', '/actions/999/corrections', '/notices/999']) {
      assert.equal((await ask('GET', path)).status, 404, path);
    }
    assert.match(String((await ask('GET', '/actions/NOPE')).json.detail), /no action NOPE/);
  });

  it('work on tasks and record attempts', async () => {
    const attempt = await done('POST', '/attempts', {
      partyId: field.partyIds[0],
      kind: 'call',
      outcome: 'no-answer',
      text: 'Rang twice.',
    });
    assert.ok(attempt.id);
    assert.equal((await ask('POST', '/attempts', { partyId: 999, kind: 'call', outcome: 'no-answer' })).status, 404);
    assert.equal(
      (await ask('POST', '/attempts', { partyId: field.partyIds[0], kind: 'note', outcome: 'note' })).json.code,
      'attempt.note-empty',
    );
    const { openTask } = await import('../src/app/tasks.ts');
    const { transact } = await import('../src/app/context.ts');
    await transact(house.ctx, (tx) =>
      openTask(tx, house.ctx, { kind: 'telephone', key: 'telephone:1', partyId: field.partyIds[0] ?? null }),
    );
    const [task] = (await done('GET', '/tasks?state=open')).rows ?? [];
    assert.equal(task?.party, 'Spital Nord');
    await done('POST', `/tasks/${task?.id}/own`, { ownerId: null });
    await done('POST', `/tasks/${task?.id}/end`, { state: 'done', outcome: 'Reached.' });
    assert.equal(
      (await ask('POST', `/tasks/${task?.id}/end`, { state: 'done', outcome: 'Again.' })).json.code,
      'task.ended',
    );
    await done('POST', `/tasks/${task?.id}/reopen`);
  });

  it('export lists as files, formulas made harmless', async () => {
    const csv = await house.api(key, 'GET', '/exports/parties?format=csv&country=IT');
    assert.equal(csv.status, 200);
    assert.match(csv.headers.get('content-type') ?? '', /text\/csv/);
    const text = await csv.text();
    assert.match(text, /'=Ospedale Sud/);
    assert.doesNotMatch(text, /Spital Nord/);
    const xlsx = await house.api(key, 'GET', '/exports/corrections?format=xlsx&action=FSN%2F2022-1');
    assert.equal(
      Buffer.from(await xlsx.arrayBuffer())
        .subarray(0, 2)
        .toString(),
      'PK',
    );
    assert.equal((await ask('GET', '/exports/corrections')).json.code, 'export.action-missing');
    assert.equal((await ask('GET', '/exports/parties?colour=red')).json.code, 'export.filter-unknown-name');
    assert.equal((await ask('GET', '/exports/passwords')).status, 422);
    const only = await house.key('export');
    assert.equal((await house.api(only, 'GET', '/exports/parties')).status, 403);
  });

  it('show the record and verify it', async () => {
    const events = await done('GET', '/events?q=scope.apply');
    assert.equal(events.rows?.[0]?.actorKind, 'key');
    assert.equal((await done('GET', '/events/verify')).chain, 'ok');
  });
});
