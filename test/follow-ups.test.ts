/** Following up: who stands in which queue, what each answer does, and the pages, exports and API around it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type AnswerFollowUp, answerFollowUp } from '../src/app/follow-ups.ts';
import { countRungs } from '../src/app/queries/evidence-ladder.ts';
import { countFollowUps, type FollowUpScope, followUpList, loadFollowUps } from '../src/app/queries/follow-ups.ts';
import { readList } from '../src/app/queries/list.ts';
import { recordReply } from '../src/app/replies.ts';
import type { FollowUpQueue } from '../src/domain/follow-up.ts';
import { emptyAnswers } from '../src/domain/form.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { type House, openHouse, publicUrl } from './helpers/house.ts';
import { addDownload, addPackageRow } from './helpers/ladder.ts';
import { given } from './helpers/packages.ts';
import { addSampleAction, addSampleParty, type SampleHouse, type SampleParty } from './portal-sample.ts';

describe('following up', () => {
  let house: House;
  let action: SampleHouse;
  let packageId: number;
  /** Has the file, says nothing. */
  let silent: SampleParty;
  /** Says it is done, never had the file; and done in one mode only. */
  let stated: SampleParty;
  /** Cannot, because of the remote interface; both modes of one unit. */
  let remote: SampleParty;
  let support: Awaited<ReturnType<House['staff']>>;

  const scope = (queue?: FollowUpQueue): FollowUpScope => ({
    actionId: action.actionId,
    now: house.ctx.now(),
    ...(queue ? { queue } : {}),
  });
  const list = async (queue: FollowUpQueue, filters: Record<string, string> = {}) => {
    const request = { page: 1, size: 50, sort: 'since', direction: 'asc' as const, filters, q: '' };
    return (await readList(house.ctx.db, followUpList, request, scope(queue))).rows;
  };
  const ids = async (queue: FollowUpQueue, filters: Record<string, string> = {}) =>
    (await list(queue, filters)).map((row) => row.id).sort((a, b) => a - b);
  const answer = (input: Partial<AnswerFollowUp> & Pick<AnswerFollowUp, 'queue' | 'correctionIds' | 'outcome'>) =>
    answerFollowUp(support, { note: '', until: null, ...input });
  const tell = async (party: SampleParty, corrections: Record<number, Record<string, string>>) => {
    const answers = emptyAnswers();
    answers.party = { received: 'yes', understood: 'yes', 'all-patched': 'no' };
    answers.corrections = corrections;
    given(
      await recordReply(support, {
        actionId: action.actionId,
        partyId: party.partyId,
        contactId: party.contactId,
        door: 'telephone',
        language: 'en',
        answers,
        sourceFileId: null,
      }),
    );
  };
  const stateOf = async (id: number) =>
    (
      await house.ctx.db
        .selectFrom('correction')
        .select(['state', 'rung'])
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
    ).state;

  before(async () => {
    house = await openHouse();
    house.setNow('2022-05-04T08:00:00Z');
    support = await house.staff('support');
    action = await addSampleAction(house.ctx);
    packageId = await addPackageRow(house.ctx, action);
    silent = await addSampleParty(house.ctx, action, { name: 'Labor Still', units: 1 });
    stated = await addSampleParty(house.ctx, action, { name: 'Spital <b>Nord</b>', units: 2 });
    remote = await addSampleParty(house.ctx, action, { name: 'Labor Fern', units: 1 });
    await addDownload(house.ctx, { actionId: action.actionId, packageId, partyId: silent.partyId });
    const [a = 0] = stated.correctionIds;
    await tell(stated, { [a]: { status: 'done', 'done-on': '2022-05-03', 'backed-up': 'yes' } });
    await tell(
      remote,
      Object.fromEntries(remote.correctionIds.map((id) => [id, { status: 'not-yet', reason: 'needs-web-interface' }])),
    );
  });
  after(() => house.close());

  it('finds each where it stands still', async () => {
    const [a = 0, b = 0] = stated.correctionIds;
    assert.deepEqual(await ids('downloaded'), []);
    assert.deepEqual(await ids('downloaded', { days: '0' }), silent.correctionIds);
    house.setNow('2022-05-11T08:00:00Z');
    assert.deepEqual(await ids('downloaded'), silent.correctionIds);
    assert.deepEqual(await ids('downloaded', { days: '8' }), []);
    assert.deepEqual(await ids('stated-without-file'), [a]);
    assert.deepEqual(await ids('one-environment'), [b]);
    assert.deepEqual(await ids('remote-interface'), remote.correctionIds);
    const [other] = await list('one-environment');
    assert.deepEqual([other?.detail, other?.days, other?.state], ['Dx: stated', 7, 'open']);
    const [cannot] = await list('remote-interface');
    assert.equal(cannot?.detail, support.actor.name);
    assert.deepEqual(await countFollowUps(house.ctx.db, scope()), {
      downloaded: 2,
      'stated-without-file': 1,
      'one-environment': 1,
      'remote-interface': 2,
    });
  });

  it('refuses an answer that does not fit, and writes nothing then', async () => {
    const [a = 0] = stated.correctionIds;
    const cases: [Parameters<typeof answer>[0], string][] = [
      [
        { queue: 'stated-without-file', correctionIds: [a], outcome: 'way-found', note: 'By cable' },
        'follow-up.outcome-not-here',
      ],
      [{ queue: 'stated-without-file', correctionIds: [a], outcome: 'mistaken' }, 'follow-up.note-missing'],
      [{ queue: 'downloaded', correctionIds: silent.correctionIds, outcome: 'waiting' }, 'follow-up.until-missing'],
      [
        { queue: 'downloaded', correctionIds: silent.correctionIds, outcome: 'waiting', until: '2022-05-11' },
        'follow-up.until-past',
      ],
      [
        {
          queue: 'downloaded',
          correctionIds: [silent.correctionIds[0] ?? 0, a],
          outcome: 'waiting',
          until: '2022-06-01',
        },
        'follow-up.not-in-queue',
      ],
      [
        { queue: 'downloaded', correctionIds: [999_999], outcome: 'waiting', until: '2022-06-01' },
        'correction.unknown',
      ],
    ];
    for (const [input, code] of cases) {
      const refused = await answer(input);
      assert.ok(isRefusal(refused) && refused.code === code, `${JSON.stringify(input)} ${JSON.stringify(refused)}`);
    }
    const viewer = await answerFollowUp(await house.staff('viewer'), {
      queue: 'stated-without-file',
      correctionIds: [a],
      outcome: 'field-engineer',
      note: '',
      until: null,
    });
    assert.ok(isRefusal(viewer) && viewer.code === 'forbidden');
    assert.deepEqual(await loadFollowUps(house.ctx.db, a), []);
  });

  it('a day given takes it out of the queue until then', async () => {
    given(
      await answer({
        queue: 'downloaded',
        correctionIds: silent.correctionIds,
        outcome: 'waiting',
        until: '2022-05-20',
        note: 'Run ends on the 19th',
      }),
    );
    assert.deepEqual(await ids('downloaded'), []);
    const [row] = await list('downloaded', { answered: 'yes' });
    assert.deepEqual(
      [row?.outcome, row?.until, row?.note, row?.answered_by],
      ['waiting', '2022-05-20', 'Run ends on the 19th', support.actor.name],
    );
    house.setNow('2022-05-20T08:00:00Z');
    assert.deepEqual(await ids('downloaded'), silent.correctionIds);
    house.setNow('2022-05-11T08:00:00Z');
    given(await answer({ queue: 'downloaded', correctionIds: [silent.correctionIds[0] ?? 0], outcome: 'back' }));
    assert.deepEqual(await ids('downloaded'), [silent.correctionIds[0]]);
  });

  it('how somebody did it without the file is kept; a mistake makes it open again', async () => {
    const [a = 0, , c = 0] = stated.correctionIds;
    await tell(stated, { [c]: { status: 'done', 'done-on': '2022-05-10', 'backed-up': 'yes' } });
    assert.deepEqual(await ids('stated-without-file'), [a, c]);
    given(await answer({ queue: 'stated-without-file', correctionIds: [a], outcome: 'distributor-installed' }));
    assert.equal(await stateOf(a), 'stated');
    assert.deepEqual(await ids('stated-without-file'), [c]);
    assert.deepEqual(
      given(
        await answer({
          queue: 'stated-without-file',
          correctionIds: [c],
          outcome: 'mistaken',
          note: 'They patched another instrument',
        }),
      ),
      {
        answered: 1,
        reopened: 1,
      },
    );
    assert.equal(await stateOf(c), 'open');
    const event = await house.ctx.db
      .selectFrom('event')
      .select(['action', 'after', 'reason'])
      .where('action', '=', 'follow-up.answer')
      .where('subject_id', '=', String(c))
      .executeTakeFirstOrThrow();
    assert.deepEqual(event.after, { queue: 'stated-without-file', outcome: 'mistaken', until: null });
    // Said again, it is asked about again.
    await tell(stated, { [c]: { status: 'done', 'done-on': '2022-05-11', 'backed-up': 'yes' } });
    const counts = await countRungs(house.ctx.db, action.actionId);
    assert.equal(counts.downloaded, 2);
  });

  it('a way around the remote interface ends the task and makes it open; without one it waits for the permanent fix', async () => {
    const [dx = 0, ruo = 0] = remote.correctionIds;
    const tasks = () =>
      house.ctx.db
        .selectFrom('task')
        .select(['state', 'due_on', 'outcome'])
        .where('kind', '=', 'blocked')
        .where('unit_id', '=', remote.unitIds[0] ?? 0)
        .execute();
    assert.equal((await tasks()).length, 1);
    given(
      await answer({ queue: 'remote-interface', correctionIds: [dx, ruo], outcome: 'waiting', until: '2022-05-30' }),
    );
    assert.deepEqual(
      (await tasks()).map((task) => [task.state, task.due_on]),
      [['open', '2022-05-30']],
    );
    given(
      await answer({
        queue: 'remote-interface',
        correctionIds: [dx],
        outcome: 'way-found',
        note: 'Runs are copied to a share',
      }),
    );
    assert.equal(await stateOf(dx), 'open');
    assert.equal(await stateOf(ruo), 'blocked');
    given(await answer({ queue: 'remote-interface', correctionIds: [ruo], outcome: 'permanent-fix' }));
    assert.equal(await stateOf(ruo), 'blocked');
    assert.deepEqual(
      (await tasks()).map((task) => [task.state, task.outcome]),
      [['done', 'A way was found: they can install it: Runs are copied to a share']],
    );
    assert.deepEqual(await ids('remote-interface'), []);
    assert.deepEqual(await ids('remote-interface', { answered: 'yes', outcome: 'permanent-fix' }), [ruo]);
  });

  it('its pages show, filter, answer and export', async () => {
    const cookie = await house.signIn('support');
    const get = async (path: string) => {
      const response = await house.app.request(path, { headers: { cookie } });
      return { status: response.status, text: await response.text(), type: response.headers.get('content-type') };
    };
    const base = `/actions/${action.actionId}/follow-up`;
    const first = await get(base);
    assert.equal(first.status, 200);
    assert.match(first.text, /Has the file, says nothing<span class="ff-count">1<\/span>/);
    assert.match(first.text, /Labor Still/);
    const nobody = await get(`${base}?days=60`);
    assert.match(nobody.text, /Nothing matches/);
    const without = await get(`${base}/stated-without-file`);
    assert.match(without.text, /Spital &lt;b>Nord/);
    assert.match((await get(`${base}/remote-interface?answered=yes`)).text, /Only the permanent fix will do/);
    assert.match((await get(`${base}/remote-interface`)).text, /Nobody says that they need the remote interface/);
    assert.equal((await get(`${base}/nonsense`)).status, 404);
    const csv = await get(`${base}/one-environment?format=csv`);
    assert.match(csv.type ?? '', /text\/csv/);
    assert.match(csv.text, /Dx: stated/);

    const [id = 0] = await ids('one-environment');
    const page = `/corrections/${id}/follow-up/one-environment`;
    assert.match((await get(page)).text, /What came of asking\?/);
    const post = (form: Record<string, string>) =>
      house.app.request(page, {
        method: 'POST',
        body: new URLSearchParams(form),
        headers: { cookie, origin: publicUrl },
      });
    const wrong = await post({ outcome: 'waiting', until: 'soon', note: 'They <call> back' });
    assert.equal(wrong.status, 422);
    const again = await wrong.text();
    assert.match(again, /Write the day as 2022-05-20/);
    assert.match(again, /They &lt;call> back/);
    const done = await post({ outcome: 'waiting', until: '2022-05-18', note: '', others: 'yes' });
    assert.equal(done.status, 303);
    assert.equal(done.headers.get('location'), `${base}/one-environment`);
    const correction = await get(`/corrections/${id}`);
    assert.match(correction.text, /Will be done later/);
    assert.match((await get(page)).text, /Asked already/);
    const gone = await get(`/corrections/${remote.correctionIds[0]}/follow-up/remote-interface`);
    assert.match(gone.text, /It does not wait here any more/);
  });

  it('the ledger and the dashboard count the same rungs', async () => {
    const cookie = await house.signIn('viewer');
    const page = async (path: string) => (await house.app.request(path, { headers: { cookie } })).text();
    const board = await page(`/actions/${action.actionId}`);
    const shown = [
      ...board.matchAll(
        /corrections\?reached=(\w+)"><span class="ff-funnel-word">[^<]+<\/span> <span class="ff-funnel-count">(\d+)</g,
      ),
    ];
    assert.deepEqual(
      shown.map(([, step]) => step),
      ['notified', 'downloaded', 'stated', 'confirmed', 'verified'],
    );
    const key = await house.key('action.read');
    for (const [, step, figure] of shown) {
      const answer = await house.api(key, 'GET', `/actions/FSN2022-1230/corrections?reached=${step}`);
      assert.equal(((await answer.json()) as { total: number }).total, Number(figure), String(step));
    }
    const unit = await page(`/units/${silent.unitIds[0]}`);
    assert.match(unit, /download of patch.msi 1.0/);
  });

  it('the API reads ladder and queues, and keeps answers', async () => {
    const key = await house.key('action.read', 'task.work');
    const [id = 0] = silent.correctionIds;
    const read = await house.api(key, 'GET', `/corrections/${id}`);
    const body = (await read.json()) as {
      rung: string;
      ladder: { step: string; reached: boolean; proofs: { source: string }[] }[];
    };
    assert.equal(read.status, 200);
    assert.deepEqual([body.rung, body.ladder[1]?.proofs[0]?.source], ['downloaded', 'download']);
    const rungs = (await (await house.api(key, 'GET', '/actions/FSN2022-1230/rungs')).json()) as {
      total: number;
      exactly: Record<string, number>;
      atLeast: Record<string, number>;
      waiting: Record<string, number>;
    };
    assert.equal(rungs.total, 8);
    assert.equal(rungs.atLeast.notified, 8);
    assert.equal(rungs.exactly.downloaded, 2);
    const queue = await house.api(key, 'GET', '/actions/FSN2022-1230/follow-up?queue=downloaded');
    assert.deepEqual(
      ((await queue.json()) as { rows: { id: number }[] }).rows.map((row) => row.id),
      [id],
    );
    const kept = await house.api(key, 'POST', '/follow-up/answers', {
      queue: 'downloaded',
      correctionIds: [id],
      outcome: 'waiting',
      until: '2022-06-01',
    });
    assert.equal(kept.status, 201, await kept.clone().text());
    assert.deepEqual(await kept.json(), { answered: 1, reopened: 0 });
  });
});
