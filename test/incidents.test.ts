/**
 * A suspected break-in from the customer's report to cleared: the steps of the examination in their language, files that
 * are kept apart, the record staff write, the correction held meanwhile.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { addExaminationStep, changeGuide, loadGuide, removeExaminationStep } from '../src/app/examination-guides.ts';
import { examineIncident, noteIncident, ownIncident } from '../src/app/incident-entries.ts';
import { keepEvidence } from '../src/app/incident-evidence.ts';
import { workIncidents } from '../src/app/incident-work.ts';
import { reportCompromise } from '../src/app/incidents.ts';
import { loadIncident } from '../src/app/queries/incidents.ts';
import { askSteps, incidentMoves, incidentStates, nextStepKey, standardSteps } from '../src/domain/examination.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { translator } from '../src/http/translate.ts';
import { type House, openHouse, publicUrl } from './helpers/house.ts';
import { addSampleAction, addSampleParty, type SampleHouse, type SampleParty } from './portal-sample.ts';

function done<T>(value: T): Exclude<T, { code: string }> {
  if (isRefusal(value)) assert.fail(JSON.stringify(value));
  return value as Exclude<T, { code: string }>;
}

function refused(value: unknown, code: string): void {
  assert.ok(isRefusal(value), JSON.stringify(value));
  assert.equal(value.code, code);
}

async function* bytesOf(text: string): AsyncIterable<Uint8Array> {
  yield Buffer.from(text);
}

describe('the steps of an examination', () => {
  const own = {
    key: 'x-1',
    evidence: true,
    texts: { en: { title: 'Port 80', text: '' }, de: { title: 'Port 80 offen?', text: '' } },
  };
  const cases: [why: string, guide: Parameters<typeof askSteps>[0], language: string, last: string, in_: string][] = [
    ['the standard ones', { leftOut: [], steps: [] }, 'de', 'Ihr Netzwerk', 'de'],
    ['some left out', { leftOut: ['network', 'logs'], steps: [] }, 'en', 'Results', 'en'],
    ['own ones behind, in the reader’s language', { leftOut: [], steps: [own] }, 'de-AT', 'Port 80 offen?', 'de'],
    ['own ones nobody translated, in English', { leftOut: [], steps: [own] }, 'it', 'Port 80', 'en'],
  ];
  for (const [why, guide, language, last, spoken] of cases) {
    it(`are ${why}`, () => {
      const steps = askSteps(guide, language, translator(language));
      assert.equal(steps.at(-1)?.title, last);
      assert.equal(steps.at(-1)?.language, spoken);
      assert.ok(steps.every((step) => step.title !== '' && !step.title.startsWith('exam.')));
    });
  }
  it('never get the name of one that was answered before', () => {
    assert.equal(nextStepKey([], []), 'x-1');
    assert.equal(nextStepKey([own], ['x-7', 'accounts']), 'x-8');
  });
  it('lead to an end from every state', () => {
    for (const state of incidentStates) {
      const seen = new Set<string>([state]);
      for (const at of seen) for (const to of incidentMoves[at as typeof state]) seen.add(to);
      assert.ok(seen.has('closed'), state);
    }
  });
});

describe('an incident', () => {
  let house: House;
  let action: SampleHouse;
  let lab: SampleParty;
  let other: SampleParty;
  let cookie: string;
  before(async () => {
    house = await openHouse();
    house.setNow('2022-05-10T08:00:00Z');
    action = await addSampleAction(house.ctx);
    lab = await addSampleParty(house.ctx, action, { name: 'Labor Nord', languages: ['de'], units: 2 });
    other = await addSampleParty(house.ctx, action, { name: 'Labor Süd' });
    cookie = await house.signIn('support');
  });
  after(() => house.close());

  const contact = () =>
    house.as({
      kind: 'contact',
      contactId: lab.contactId,
      partyId: lab.partyId,
      linkId: lab.linkId,
      name: 'Erika Muster',
    });
  const report = async (summary: string): Promise<number> => {
    const about = { actionId: action.actionId, partyId: lab.partyId, contactId: lab.contactId };
    const told = { unitIds: [lab.unitIds[0] ?? 0], otherUnit: '', unplugged: 'yes' as const, noticed: '' };
    const { ids } = done(
      await reportCompromise(contact(), about, { ...told, summary, name: 'Erika Muster', phone: '+49 30 5550100' }),
    );
    return ids[0] ?? 0;
  };
  const get = (path: string) => house.app.request(`${publicUrl}${path}`, { headers: { cookie } });
  const post = (path: string, form: Record<string, string>) =>
    house.app.request(`${publicUrl}${path}`, {
      method: 'POST',
      headers: { cookie, origin: publicUrl, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form),
    });
  const upload = (path: string, files: Record<string, string>, headers: Record<string, string> = { cookie }) => {
    const form = new FormData();
    form.set('file-words', 'From the stick');
    for (const [name, text] of Object.entries(files)) form.append('file', new File([text], name));
    return house.app.request(`${publicUrl}${path}`, {
      method: 'POST',
      headers: { origin: publicUrl, ...headers },
      body: form,
    });
  };
  const states = async () => {
    const rows = await house.handle.db
      .selectFrom('correction')
      .select('state')
      .where('unit_id', '=', lab.unitIds[0] ?? 0)
      .execute();
    return [...new Set(rows.map((row) => row.state))];
  };

  it('goes from the report to cleared, with the correction held in between', async () => {
    const id = await report('Somebody moved the mouse.');
    const base = `/p/${lab.token}/incident`;
    assert.deepEqual(await states(), ['isolated']);

    // The customer looks, in German, and answers some steps.
    const page = await (await house.app.request(`${publicUrl}${base}/${id}`)).text();
    assert.match(page, /Benutzerkonten/);
    assert.match(page, /lang="de"/);
    const answered = await post(`${base}/${id}`, {
      'finding.accounts': 'found',
      'words.accounts': 'Ein Konto svc2',
      'finding.logs': 'not-done',
    });
    assert.equal(answered.status, 303);
    const same = await post(`${base}/${id}`, { 'finding.accounts': 'found', 'words.accounts': 'Ein Konto svc2' });
    assert.equal(same.status, 303);
    const incident = await loadIncident(house.handle.db, id);
    assert.deepEqual(
      incident?.entries.map((entry) => [entry.kind, entry.step, entry.finding, entry.words, entry.language]),
      [
        ['answer', 'accounts', 'found', 'Ein Konto svc2', 'de'],
        ['answer', 'logs', 'not-done', '', 'de'],
      ],
      'what was said before is not said twice',
    );
    assert.match(incident?.entries[0]?.asked ?? '', /^Benutzerkonten\n/, 'in the words it was put in');

    // Words without a choice are given back, and nothing is lost.
    const orphan = await post(`${base}/${id}`, { 'words.results': 'Ein Lauf zu viel' });
    assert.equal(orphan.status, 422);
    assert.match(await orphan.text(), /Ein Lauf zu viel/);

    // Files, from the customer and from staff.
    const sent = await upload(`${base}/${id}/file`, { '../security.evtx': 'MZ harmful', 'photo.html': '<script>' });
    assert.equal(sent.status, 303);
    const desk = await (await get(`/incidents/${id}`)).text();
    assert.match(desk, /security\.evtx/);
    assert.match(desk, /found something/);
    assert.match(desk, /asked in German/);

    // Staff write down a call, and only what is meant for the customer is seen by them.
    assert.equal(
      (await post(`/incidents/${id}/notes`, { kind: 'call', words: 'IT looks at the firewall' })).status,
      303,
    );
    assert.equal(
      (await post(`/incidents/${id}/notes`, { kind: 'note', words: 'Bitte Stick aufheben', shown: 'yes' })).status,
      303,
    );
    const seen = await (await house.app.request(`${publicUrl}${base}/${id}`)).text();
    assert.match(seen, /Bitte Stick aufheben/);
    assert.doesNotMatch(seen, /IT looks at the firewall/);
    assert.match(seen, /security\.evtx/);

    assert.equal((await post(`/incidents/${id}/state`, { state: 'cleared', reason: '' })).status, 422);
    assert.equal((await post(`/incidents/${id}/state`, { state: 'examining', reason: 'Logs are read' })).status, 303);
    assert.deepEqual(await states(), ['isolated']);
    assert.equal((await post(`/incidents/${id}/state`, { state: 'cleared', reason: 'Old account' })).status, 303);
    assert.deepEqual(await states(), ['open']);
    assert.equal((await post(`/incidents/${id}/state`, { state: 'closed', reason: 'Told them' })).status, 303);
    const after = await loadIncident(house.handle.db, id);
    assert.equal(after?.state, 'closed');
    assert.equal(after?.isolated_at, null);
    assert.deepEqual(
      after?.moves.map((move) => move.action),
      ['incident.report', 'incident.examine', 'incident.clear', 'incident.close'],
    );
    refused(
      await noteIncident(await house.staff('support'), id, { kind: 'note', words: 'Later', shown: false }),
      'incident.closed',
    );
    refused(await keepEvidence(contact(), id, { name: 'late.txt', bytes: bytesOf('x') }), 'incident.closed');
  });

  it('keeps evidence apart, by its hash, and gives it to staff alone', async () => {
    const id = await report('A window we do not know.');
    const before = await house.handle.db.selectFrom('file').select('id').execute();
    const kept = done(await keepEvidence(contact(), id, { name: 'a‮txt.exe', bytes: bytesOf('evil') }));
    assert.equal(kept.sha256, createHash('sha256').update('evil').digest('hex'));
    assert.ok(await house.ctx.evidence.has(kept.sha256));
    assert.ok(!(await house.ctx.files.has(kept.sha256)), 'not among the files that are shown');
    assert.deepEqual(await house.handle.db.selectFrom('file').select('id').execute(), before);
    const again = done(await keepEvidence(contact(), id, { name: 'other-name.exe', bytes: bytesOf('evil') }));
    assert.equal(again.id, kept.id);
    refused(await keepEvidence(contact(), id, { name: 'none.txt', bytes: bytesOf('') }), 'incident.empty-file');
    const answer = await get(`/incidents/${id}/evidence/${kept.id}`);
    assert.equal(answer.headers.get('content-type'), 'application/octet-stream');
    assert.match(answer.headers.get('content-disposition') ?? '', /^attachment; filename="[\w.-]+\.evidence"$/);
    assert.match(answer.headers.get('content-security-policy') ?? '', /sandbox/);
    assert.equal(await answer.text(), 'evil');
    const taken = await house.handle.db
      .selectFrom('event')
      .select('actor_name')
      .where('action', '=', 'incident.evidence-fetch')
      .execute();
    assert.equal(taken.length, 1);
    const viewer = await house.signIn('viewer');
    const no = await house.app.request(`${publicUrl}/incidents/${id}/evidence/${kept.id}`, {
      headers: { cookie: viewer },
    });
    assert.equal(no.status, 403);
  });

  it('is nobody else’s', async () => {
    const id = await report('Files that do not open.');
    const stranger = house.as({
      kind: 'contact',
      contactId: other.contactId,
      partyId: other.partyId,
      linkId: other.linkId,
      name: 'X',
    });
    const answers = [{ step: 'accounts', finding: 'found' as const, words: '' }];
    refused(await examineIncident(stranger, id, { language: 'en', answers }), 'incident.unknown');
    refused(await keepEvidence(stranger, id, { name: 'a', bytes: bytesOf('a') }), 'incident.unknown');
    refused(await noteIncident(contact(), id, { kind: 'note', words: 'I am staff', shown: true }), 'forbidden');
    refused(await ownIncident(contact(), id, {}), 'forbidden');
    const away = await house.app.request(`${publicUrl}/p/${other.token}/incident/${id}`);
    assert.equal(away.status, 303);
    refused(
      await examineIncident(contact(), id, {
        language: 'en',
        answers: [{ step: 'nonsense', finding: 'found', words: '' }],
      }),
      'examination.unknown-step',
    );
  });

  it('has an owner, who stays when others work on it', async () => {
    const id = await report('Strange traffic.');
    const support = await house.staff('support');
    const quality = await house.staff('quality');
    const me = done(await ownIncident(support, id, {}));
    done(await workIncidents(quality, { incidentIds: [id], state: 'examining', reason: 'Looking' }));
    assert.equal((await loadIncident(house.handle.db, id))?.owner_name, me.owner);
    refused(await ownIncident(support, id, { staffId: 'nobody' }), 'incident.no-such-owner');
  });

  it('is asked what the action wants asked', async () => {
    const quality = await house.staff('quality');
    done(await changeGuide(quality, action.actionId, { leftOut: ['screen'] }));
    const texts = { en: { title: 'Port 80', text: 'Is it open?' } };
    const { key } = done(await addExaminationStep(quality, action.actionId, { evidence: false, texts }));
    const id = await report('Something new.');
    done(
      await examineIncident(contact(), id, { language: 'de', answers: [{ step: key, finding: 'nothing', words: '' }] }),
    );
    done(await removeExaminationStep(quality, action.actionId, key));
    assert.deepEqual(await loadGuide(house.handle.db, action.actionId), { leftOut: ['screen'], steps: [] });
    const later = done(await addExaminationStep(quality, action.actionId, { evidence: false, texts }));
    assert.notEqual(later.key, key, 'answers to the one taken out stay its own');
    assert.match(await (await get(`/incidents/${id}`)).text(), /Not asked any more: Port 80/);
    const page = await get(`/actions/${action.actionId}/examination`);
    assert.match(await page.text(), /Port 80/);
    const empty = await house.app.request(`${publicUrl}/actions/${action.actionId}/examination/steps`, {
      method: 'POST',
      headers: {
        cookie: await house.signIn('quality'),
        origin: publicUrl,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ 'text.en': 'Words without a title' }),
    });
    assert.equal(empty.status, 422);
    assert.match(await empty.text(), /Words without a title/);
    refused(await changeGuide(await house.staff('support'), action.actionId, { leftOut: [] }), 'forbidden');
    assert.ok(standardSteps.length > 3);
  });

  it('stands in the list, the export and the API', async () => {
    assert.match(await (await get('/incidents')).text(), /Labor Nord/);
    assert.match(await (await get('/incidents?state=closed')).text(), /Labor Nord/);
    assert.match(await (await get('/incidents?q=no-such-thing')).text(), /Nothing matches/);
    assert.match(await (await get('/incidents?format=csv')).text(), /Somebody moved the mouse/);
    const key = await house.key('task.read', 'incident.work');
    const list = await house.api(key, 'GET', '/incidents?state=running');
    const { rows } = (await list.json()) as { rows: { id: number }[] };
    assert.ok(rows.length > 0);
    const noted = await house.api(key, 'POST', `/incidents/${rows[0]?.id}/notes`, { words: 'By the ticket system' });
    assert.equal(noted.status, 201);
    const one = await house.api(key, 'GET', `/incidents/${rows[0]?.id}`);
    assert.match(await one.text(), /By the ticket system/);
    assert.equal((await house.api(key, 'GET', '/incidents/999999')).status, 404);
  });
});
