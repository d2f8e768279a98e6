/** The desk: every page opens for who may, on a full and on an empty database, and every list does what it offers. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { makeAuth } from '../src/adapters/auth.ts';
import { recordAttempt } from '../src/app/attempts.ts';
import { transact } from '../src/app/context.ts';
import { reportCompromise } from '../src/app/incidents.ts';
import { recordReply } from '../src/app/replies.ts';
import { openTask } from '../src/app/tasks.ts';
import { json } from '../src/db/values.ts';
import type { Role } from '../src/domain/actor.ts';
import { emptyAnswers } from '../src/domain/form.ts';
import { allows, isPermission } from '../src/domain/permission.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { makeRoutes } from '../src/http/routes.ts';
import { type House, openHouse, publicUrl } from './helpers/house.ts';
import { addSampleAction, addSampleParty, type SampleHouse, type SampleParty } from './portal-sample.ts';

const AT = '2022-05-10T08:00:00Z';

interface Filled {
  house: House;
  action: SampleHouse;
  parties: SampleParty[];
  ids: Record<string, number>;
  /** Cookies by role. */
  cookies: Record<Role, string>;
}

const roles: readonly Role[] = ['administrator', 'quality', 'regulatory', 'support', 'viewer'];

async function signInAll(house: House): Promise<Record<Role, string>> {
  const cookies: Partial<Record<Role, string>> = {};
  for (const role of roles) cookies[role] = await house.signIn(role);
  return cookies as Record<Role, string>;
}

const taskKinds = [
  'bounce',
  'missing-address',
  'send-failed',
  'no-contact',
  'contact-change',
  'contradiction',
  'unknown-unit',
  'moved',
  'blocked',
  'support',
  'medium',
  'passed-on',
  'customer-list-refused',
  'telephone',
  'unsure-delivery',
  'something-new',
];

/** An action with parties, replies, contradictions, an incident, letters of every state and tasks of every kind. */
async function fill(): Promise<Filled> {
  const house = await openHouse();
  const cookies = await signInAll(house);
  house.setNow(AT);
  const support = await house.staff('support');
  const action = await addSampleAction(house.ctx);
  const parties = [
    await addSampleParty(house.ctx, action, { name: 'Spital <b>Nord</b>', units: 3, languages: ['de'] }),
    await addSampleParty(house.ctx, action, { name: '=Ospedale Sud', country: 'IT', units: 1, languages: ['it'] }),
    await addSampleParty(house.ctx, action, { kind: 'distributor', units: 0 }),
  ];
  const [first, second] = parties;
  assert.ok(first && second);
  const answers = emptyAnswers();
  answers.party = { received: 'yes', understood: 'yes', 'all-patched': 'yes' };
  answers.corrections = {
    [first.correctionIds[0] ?? 0]: { status: 'done', 'done-on': '2022-05-09', 'backed-up': 'yes' },
  };
  const told = await recordReply(support, {
    actionId: action.actionId,
    partyId: first.partyId,
    contactId: first.contactId,
    door: 'telephone',
    language: 'de',
    answers,
    sourceFileId: null,
  });
  assert.ok(!isRefusal(told), JSON.stringify(told));
  const otherwise = emptyAnswers();
  otherwise.corrections = {
    [first.correctionIds[0] ?? 0]: { status: 'not-affected', 'not-affected-why': 'not-installed' },
  };
  otherwise.extra = [{ serial: 'NB777777', product: String(action.productId) }];
  const again = await recordReply(support, {
    actionId: action.actionId,
    partyId: first.partyId,
    contactId: null,
    door: 'post',
    language: 'de',
    answers: otherwise,
    sourceFileId: null,
  });
  assert.ok(!isRefusal(again), JSON.stringify(again));
  await reportCompromise(
    support,
    { actionId: action.actionId, partyId: second.partyId, contactId: second.contactId },
    {
      unitIds: second.unitIds,
      otherUnit: '',
      unplugged: 'yes',
      noticed: 'today',
      summary: 'A strange account',
      name: 'Ada',
      phone: '+39 02 1',
    },
  );
  await recordAttempt(support, {
    partyId: first.partyId,
    contactId: first.contactId,
    actionId: action.actionId,
    taskId: null,
    kind: 'call',
    outcome: 'no-answer',
    text: 'Rang twice',
    tracking: '',
  });
  const at = house.ctx.now();
  const letters = await house.handle.db
    .insertInto('delivery')
    .values(
      (['queued', 'sent', 'opened', 'bounced', 'failed', 'unsure'] as const).map((state, index) => ({
        action_id: action.actionId,
        notice_id: action.noticeId,
        party_id: first.partyId,
        contact_id: first.contactId,
        link_id: first.linkId,
        country: 'DE',
        kind: 'notice' as const,
        purpose: `test:${index}`,
        // The one that waits is for the post, so that there is something to print.
        channel: state === 'queued' ? ('post' as const) : ('email' as const),
        address: state === 'queued' ? 'Labor\nHauptstr. 1\n10115 Berlin' : `someone${index}@lab.example`,
        message_id: `<${index}@muster.example>`,
        state,
        state_since: at,
        next_attempt_at: null,
        claimed_by: null,
        claimed_at: null,
        created_at: at,
      })),
    )
    .returning(['id', 'state'])
    .execute();
  const bounced = letters.find((row) => row.state === 'bounced')?.id ?? 0;
  const change = await house.handle.db
    .insertInto('contact_change')
    .values({
      action_id: action.actionId,
      party_id: first.partyId,
      contact_id: first.contactId,
      proposed: json({ kind: 'forward', name: 'Eva Neu', email: 'eva@lab.example' }),
      door: 'web',
      proposed_at: at,
      decided_at: null,
      decided_by: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await transact(support, async (tx) => {
    for (const kind of taskKinds) {
      await openTask(tx, support, {
        kind,
        key: `test:${kind}`,
        actionId: action.actionId,
        partyId: first.partyId,
        contactId: first.contactId,
        deliveryId: bounced,
        replyId: told.id,
        unitId: first.unitIds[1] ?? null,
        correctionId: kind === 'contradiction' ? (first.correctionIds[0] ?? null) : null,
        detail: {
          changeId: change.id,
          serial: 'NB123',
          'gone-to': 'Elsewhere',
          reason: 'no-internet',
          field: 'c1.status',
          nothing: null,
        },
      });
    }
  });
  const deadline = await house.handle.db
    .insertInto('deadline')
    .values({
      action_id: action.actionId,
      party_id: first.partyId,
      country: 'DE',
      rule: 'customer-receipt',
      starts_at: at,
      due_on: '2022-05-11',
      due_at: null,
      zone: 'Europe/Berlin',
      explanation: json({}),
      state: 'running',
      state_since: at,
      created_at: at,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return {
    house,
    action,
    parties,
    cookies,
    ids: {
      correction: first.correctionIds[0] ?? 0,
      reply: told.id,
      party: first.partyId,
      contact: first.contactId,
      unit: first.unitIds[0] ?? 0,
      delivery: bounced,
      deadline: deadline.id,
    },
  };
}

function get(house: House, cookie: string, path: string): Promise<Response> {
  return Promise.resolve(house.app.request(path, { headers: { cookie } }));
}

function post(house: House, cookie: string, path: string, form: Record<string, string | string[]>): Promise<Response> {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) for (const one of [value].flat()) body.append(name, one);
  return Promise.resolve(house.app.request(path, { method: 'POST', body, headers: { cookie, origin: publicUrl } }));
}

/** Staff pages of the table, without those that answer in their own way: sign-in, invitations, personal links. */
function staffPages(house: House): { path: string; access: string }[] {
  const auth = makeAuth({ db: house.handle.db, publicUrl, secret: Buffer.alloc(32, 7), demo: true });
  return makeRoutes(auth, { oidc: false })
    .filter(([method, , access]) => method === 'GET' && access !== 'public' && access !== 'link')
    .map(([, path, access]) => ({ path, access }));
}

describe('the desk with a filled database', () => {
  let filled: Filled;
  before(async () => {
    filled = await fill();
  });
  after(() => filled.house.close());

  /** The path with numbers that exist. */
  function concrete(path: string): string {
    const { ids, action } = filled;
    const of: Record<string, number | undefined> = {
      actions: action.actionId,
      notices: action.noticeId ?? 1,
      parties: ids.party,
      contacts: ids.contact,
      units: ids.unit,
      products: action.productId,
      deliveries: ids.delivery,
      deadlines: ids.deadline,
      replies: ids.reply,
      corrections: ids.correction,
      tasks: 1,
    };
    return path.replace(/^\/([a-z]+)\/:id/, (whole, noun: string) =>
      of[noun] === undefined ? whole : `/${noun}/${of[noun]}`,
    );
  }

  it('opens every page for who may, says 403 to who may not, and sends strangers to the sign-in', async () => {
    const { house, cookies } = filled;
    for (const { path, access } of staffPages(house)) {
      const at = concrete(path);
      const stranger = await house.app.request(at);
      assert.equal(stranger.status, 303, `${at} without a session`);
      assert.match(stranger.headers.get('location') ?? '', /^\/sign-in/, at);
      for (const role of roles) {
        const answer = await get(house, cookies[role], at);
        const may = !isPermission(access) || allows({ kind: 'staff', id: 'x', name: 'x', role }, access);
        // Where the address still has a gap there is nothing of that number: 404 is the right answer.
        const open = at.includes(':') || at.endsWith('/source') ? [200, 303, 404] : [200, 303];
        const expected = may ? open : [403];
        assert.ok(expected.includes(answer.status), `${role} at ${at}: ${answer.status}`);
        await answer.text();
      }
    }
    assert.deepEqual(house.errors, []);
  });

  it('opens every task with its form, and says what was typed again', async () => {
    const { house, cookies } = filled;
    const tasks = await house.handle.db.selectFrom('task').select(['id', 'kind']).orderBy('id').execute();
    assert.ok(new Set(tasks.map((task) => task.kind)).size >= taskKinds.length + 1);
    for (const task of tasks) {
      const page = await get(house, cookies.quality, `/tasks/${task.id}`);
      const html = await page.text();
      assert.equal(page.status, 200, task.kind);
      const ids = [...html.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
      assert.deepEqual(
        ids.filter((id, index) => ids.indexOf(id) !== index),
        [],
        `ids twice on a task ${task.kind}`,
      );
      assert.ok(!html.includes('<b>Nord</b>'), 'names are text');
      for (const [, action = ''] of html.matchAll(/<form[^>]*action="(\/tasks\/\d+\/(?!own|end|reopen)[a-z-]+)"/g)) {
        const refused = await post(house, cookies.quality, action, { leftReason: '', incidentState: 'x' });
        assert.equal(refused.status, 422, `${action} of ${task.kind}`);
        assert.match(await refused.text(), /ff-error/, action);
      }
    }
    assert.deepEqual(house.errors, []);
  });

  it('answers unknown numbers with 404 and hostile addresses without an error', async () => {
    const { house, cookies } = filled;
    for (const noun of [
      'actions',
      'parties',
      'contacts',
      'units',
      'products',
      'replies',
      'corrections',
      'tasks',
      'deliveries',
      'deadlines',
    ]) {
      for (const id of ['999999', '0', '-1', 'x', '99999999999999999999', '1%00', '1e3']) {
        const answer = await get(house, cookies.administrator, `/${noun}/${id}`);
        assert.equal(answer.status, 404, `/${noun}/${id}`);
      }
    }
    const lists = [
      '/actions',
      '/parties',
      '/units',
      '/products',
      '/tasks',
      '/history',
      `/actions/${filled.action.actionId}/corrections`,
      `/actions/${filled.action.actionId}/replies`,
    ];
    const hostile = [
      "q='%3B drop table party--",
      'q=%25_%5C',
      'q=%00',
      'page=-1&size=1e9',
      'page=999999999',
      'sort=password',
      'sort=-',
      `q=${'x'.repeat(3000)}`,
      'state=__proto__&country=constructor',
      'party=1 or 1=1',
      'action=99999999999999999999',
      'format=exe',
      'q=%F0%9F%92%A3',
      'q[]=1&q=2',
    ];
    for (const list of lists) {
      for (const query of hostile) {
        const answer = await get(house, cookies.administrator, `${list}?${query}`);
        assert.equal(answer.status, 200, `${list}?${query}`);
        await answer.text();
      }
    }
    assert.deepEqual(house.errors, []);
  });

  it('exports the rows it shows, with formulas taken apart', async () => {
    const { house, cookies, action } = filled;
    const base = `/actions/${action.actionId}`;
    for (const list of [
      '/parties',
      '/units',
      '/products',
      '/tasks',
      `${base}/corrections`,
      `${base}/parties`,
      `${base}/replies`,
      `${base}/tasks`,
      `${base}/deadlines`,
      `${base}/deliveries`,
      '/history',
    ]) {
      const csv = await (await get(house, cookies.viewer, `${list}?format=csv&size=200`)).text();
      const rows = csv.trim().split('\r\n').length - 1;
      // An address with a filter word keeps the presets of a page away, so that page and file ask for the same.
      const html = await (await get(house, cookies.viewer, `${list}?size=200`)).text();
      const shown = (html.match(/<tr role="row"/g)?.length ?? 1) - 1;
      assert.equal(Math.min(rows, 200), Math.max(shown, 0), list);
      const xlsx = await get(house, cookies.viewer, `${list}?format=xlsx`);
      const bytes = Buffer.from(await xlsx.arrayBuffer());
      assert.equal(bytes.subarray(0, 2).toString(), 'PK', list);
      const read = await rowsOf(house, bytes);
      assert.equal(read, rows, `${list} as XLSX`);
      assert.ok(!/(^|[,;\t])"?=Osp/m.test(csv), `${list}: a formula in the CSV`);
    }
  });

  it('sorts and filters every list by everything it offers', async () => {
    await walkLists(filled.house, filled.cookies.administrator, filled.action.actionId);
  });

  it('finds a serial number, a UDI with brackets, a party and a mail address', async () => {
    const { house, cookies, ids, action } = filled;
    await house.handle.db
      .insertInto('product_identifier')
      .values({
        product_id: action.productId,
        scheme: 'udi-di',
        issuer: 'GS1',
        value: '00816270020125',
        printed: '00816270020125',
      })
      .execute();
    const unit = await house.handle.db
      .selectFrom('unit')
      .select('serial')
      .where('id', '=', ids.unit ?? 0)
      .executeTakeFirstOrThrow();
    const contact = await house.handle.db
      .selectFrom('contact')
      .select('email')
      .where('id', '=', ids.contact ?? 0)
      .executeTakeFirstOrThrow();
    for (const [q, place] of [
      [unit.serial, `/units/${ids.unit}`],
      ['(01)00816270020125', `/products/${action.productId}`],
      ['Spital', `/parties/${ids.party}`],
      [contact.email, `/parties/${ids.party}`],
    ] as const) {
      const answer = await get(house, cookies.viewer, `/search?q=${encodeURIComponent(q)}`);
      const where = answer.status === 303 ? answer.headers.get('location') : await answer.text();
      assert.ok(where?.includes(place), `${q} leads to ${place}: ${String(where).slice(0, 200)}`);
    }
  });
});

describe('the desk with an empty database', () => {
  let house: House;
  let cookies: Record<Role, string>;
  before(async () => {
    house = await openHouse();
    cookies = await signInAll(house);
  });
  after(() => house.close());

  it('opens every page without a number, and says how it gets filled', async () => {
    for (const { path } of staffPages(house)) {
      const answer = await get(house, cookies.administrator, path.replace(/:[a-z]+/gi, '1'));
      assert.ok([200, 303, 403, 404].includes(answer.status), `${path}: ${answer.status}`);
      assert.ok(path.includes(':') || answer.status !== 404, `${path}: ${answer.status}`);
      await answer.text();
    }
    assert.deepEqual(house.errors, []);
  });

  it('sorts and filters every list', async () => {
    const action = await addSampleAction(house.ctx, { notice: false });
    await walkLists(house, cookies.administrator, action.actionId);
  });
});

/** Follows every sort link and tries every option of every filter of the lists. */
async function walkLists(house: House, cookie: string, actionId: number): Promise<void> {
  const base = `/actions/${actionId}`;
  const lists = [
    '/actions',
    '/parties',
    '/units',
    '/products',
    '/tasks',
    '/history',
    '/mailbox',
    '/imports',
    ...[
      'corrections',
      'parties',
      'replies',
      'tasks',
      'deadlines',
      'deliveries',
      'history',
      'print',
      'calls',
      'attempts',
      'post',
    ].map((place) => `${base}/${place}`),
  ];
  for (const list of lists) {
    const html = await (await get(house, cookie, list)).text();
    const links = [...html.matchAll(/href="([^"]*[?&;]sort=[^"]*)"/g)].map((match) =>
      (match[1] ?? '').replaceAll('&amp;', '&'),
    );
    const options = [...html.matchAll(/<select[^>]*name="([a-z_]+)"[^>]*>(.*?)<\/select>/gs)].flatMap(
      ([, name, inner = '']) =>
        [...inner.matchAll(/value="([^"]+)"/g)].map((match) => `${list}?${name}=${encodeURIComponent(match[1] ?? '')}`),
    );
    for (const path of new Set([...links.filter((link) => link.startsWith(list)), ...options])) {
      const answer = await get(house, cookie, path);
      assert.equal(answer.status, 200, path);
      await answer.text();
    }
  }
  assert.deepEqual(house.errors, []);
}

/** Rows of a workbook, without its heading. */
async function rowsOf(house: House, bytes: Buffer): Promise<number> {
  const table = await house.ctx.tables.read(Readable.from([bytes]), { name: 'list.xlsx' });
  if (isRefusal(table)) return 0;
  let rows = 0;
  for await (const row of table.rows) rows += row.cells.length > 0 ? 1 : 0;
  return rows;
}
