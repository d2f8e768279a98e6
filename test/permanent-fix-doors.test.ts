/** The permanent fix at every door: gate, codes, kits, notice, portal, desk and API. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { samplePassword } from '../src/app/accounts.ts';
import { addRemedy } from '../src/app/actions.ts';
import { enterCode } from '../src/app/confirmation-codes.ts';
import { type Context, transact } from '../src/app/context.ts';
import { checkAccess } from '../src/app/download-access.ts';
import { createStandardForm } from '../src/app/forms.ts';
import { issueTicket } from '../src/app/installation-tickets.ts';
import { prepareKit } from '../src/app/kits.ts';
import { ensureLinks, linkToken } from '../src/app/links.ts';
import { countReach, onlyReached } from '../src/app/notice-reach.ts';

import { loadFormContext } from '../src/app/queries/portal.ts';
import { computeCode, ticketKey, ticketNumber } from '../src/domain/confirmation-code.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { type House, openHouse, publicUrl } from './helpers/house.ts';
import { asPerson, type Gate, given, plantGate, releasePackage, sampleBytes } from './helpers/packages.ts';

const credential = { password: samplePassword };
let house: House;
let quality: Context;
let gate: Gate;
let permanentId = 0;
let packages: { interim: number; permanent: number };

before(async () => {
  house = await openHouse();
  house.setNow('2022-06-01T09:00:00Z');
  quality = await house.staff('quality');
  gate = await plantGate(house.ctx);
  given(await createStandardForm(quality, gate.actionId, { software: 'Run Manager' }));
  await house.handle.db
    .insertInto('obligation')
    .values(
      Object.entries(gate.people).map(([name, person]) => ({
        action_id: gate.actionId,
        party_id: person.partyId,
        country: 'DE',
        audience: name === 'distributor' || name === 'authority' ? (name as 'distributor') : 'dx-recall',
        notified_at: house.ctx.now(),
        received_at: house.ctx.now(),
        completed_at: null,
        last_reply_at: null,
        next_reminder_at: null,
        corrections_total: name === 'owner' || name === 'other' ? 1 : 0,
        corrections_open: name === 'owner' || name === 'other' ? 1 : 0,
        state: 'received' as const,
        created_at: house.ctx.now(),
      })),
    )
    .execute();
  permanentId = given(
    await addRemedy(quality, gate.actionId, {
      kind: 'permanent-fix',
      name: 'Run Manager 4.0',
      description: '',
      prerequisites: [],
      sideEffects: [],
      status: 'announced',
    }),
  ).id;
  packages = {
    interim: await releasePackage(house, gate.remedyId, sampleBytes(2_000, 1)),
    permanent: await releasePackage(house, permanentId, sampleBytes(2_000, 2), { version: '4.0', fileName: 'fix.msi' }),
  };
});
after(() => house.close());

async function correctionOf(person: 'owner' | 'other', remedyId: number) {
  return house.handle.db
    .selectFrom('correction')
    .select(['id', 'state', 'fix_path', 'unit_id'])
    .where('party_id', '=', gate.people[person].partyId)
    .where('remedy_id', '=', remedyId)
    .executeTakeFirstOrThrow();
}

/** The code that a verifier would show which was run with this package and the ticket of this correction. */
async function codeOf(correctionId: number, packageId: number): Promise<string> {
  const ticket = given(await issueTicket(quality, { correctionId, replace: '' }));
  const { serial, environment } = await house.handle.db
    .selectFrom('correction as c')
    .innerJoin('unit as u', 'u.id', 'c.unit_id')
    .innerJoin('environment as e', 'e.id', 'c.environment_id')
    .select(['u.serial', 'e.code as environment'])
    .where('c.id', '=', correctionId)
    .executeTakeFirstOrThrow();
  const { sha256 } = await house.handle.db
    .selectFrom('package')
    .select('sha256')
    .where('id', '=', packageId)
    .executeTakeFirstOrThrow();
  return computeCode(
    ticketKey(house.ctx.settings.secret, ticket.id),
    { ticket: ticketNumber(ticket.id), result: 'done', backedUp: true, doneOn: '2022-06-01' },
    { serial, environment, sha256 },
  );
}

const html = async (path: string, cookie: string) => {
  const answer = await house.app.request(path, { headers: { cookie } });
  return { status: answer.status, text: await answer.text() };
};
const send = (path: string, cookie: string, form: Record<string, string>) =>
  house.app.request(path, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: { cookie, origin: publicUrl },
  });

describe('before the start', () => {
  it('the gate keeps the package of the permanent fix', async () => {
    const { linkId } = gate.people.owner;
    assert.ok(!isRefusal(await checkAccess(house.handle.db, house.ctx, linkId, packages.interim)));
    const kept = await checkAccess(house.handle.db, house.ctx, linkId, packages.permanent);
    assert.ok(isRefusal(kept));
  });

  it('the desk proposes it, says what is wrong beside the field, and two people sign', async () => {
    const cookie = await house.signIn('quality');
    const base = `/actions/${gate.actionId}/permanent`;
    const empty = await html(base, cookie);
    assert.equal(empty.status, 200);
    assert.match(empty.text, /In this action/);
    assert.match(empty.text, /As an action of its own/);
    const wrong = await send(`${base}/propose`, cookie, {
      remedyId: String(permanentId),
      supersedesId: String(permanentId),
    });
    assert.equal(wrong.status, 422);
    assert.match(await wrong.text(), /Choose a remedy of this action that is available/);
    const proposed = await send(`${base}/propose`, cookie, {
      remedyId: String(permanentId),
      supersedesId: String(gate.remedyId),
    });
    assert.equal(proposed.status, 303);
    const page = await html(base, cookie);
    const hash = /name="contentHash" value="([0-9a-f]{64})"/.exec(page.text)?.[1] ?? '';
    assert.equal(hash.length, 64);
    const sign = (as: string, who: string, password: string) =>
      send(`${base}/${permanentId}/sign`, who, { as, contentHash: hash, password });
    assert.equal((await sign('quality', cookie, 'wrong password')).status, 422);
    assert.equal((await sign('quality', cookie, samplePassword)).status, 303);
    assert.equal((await sign('regulatory', cookie, samplePassword)).status, 403);
    const waits = await html(base, cookie);
    assert.match(waits.text, /Waits for somebody with the role Regulatory affairs/);
    const other = await house.signIn('regulatory');
    assert.equal((await sign('regulatory', other, samplePassword)).status, 303);
    assert.equal((await correctionOf('owner', permanentId)).fix_path, 'neither');
  });
});

describe('after the start', () => {
  it('the gate gives the package of the permanent fix to owners, and to nobody else', async () => {
    const may = async (person: keyof Gate['people']) =>
      !isRefusal(await checkAccess(house.handle.db, house.ctx, gate.people[person].linkId, packages.permanent));
    assert.deepEqual([await may('owner'), await may('stranger'), await may('distributor')], [true, false, false]);
  });

  it('the form asks about the permanent fix alone, and takes what was asked before', async () => {
    const interim = await correctionOf('owner', gate.remedyId);
    const permanent = await correctionOf('owner', permanentId);
    const ids = async (answered: number[] = []) =>
      (await loadFormContext(house.handle.db, gate.actionId, gate.people.owner.partyId, answered))?.units.flatMap(
        (unit) => unit.corrections.map((one) => one.id),
      );
    assert.deepEqual(await ids(), [permanent.id]);
    assert.deepEqual(await ids([interim.id]), [interim.id, permanent.id]);
  });

  it('C15: a code proves its own package: that of the patch never confirms the permanent fix', async () => {
    const interim = await correctionOf('other', gate.remedyId);
    const permanent = await correctionOf('other', permanentId);
    const contact = asPerson(house.ctx, gate.people.other);
    const wrong = await enterCode(contact, { code: await codeOf(permanent.id, packages.interim) });
    assert.ok(isRefusal(wrong));
    assert.deepEqual([wrong.code, wrong.params.remedy], ['code.other-package', 'Patch 1.0']);
    given(await enterCode(contact, { code: await codeOf(interim.id, packages.interim) }));
    assert.equal((await correctionOf('other', gate.remedyId)).state, 'confirmed');
    assert.deepEqual(
      [(await correctionOf('other', permanentId)).state, (await correctionOf('other', permanentId)).fix_path],
      ['open', 'interim'],
    );
  });

  it('the update goes to who is on the interim patch, or to who owes, and to the distributors who serve them', async () => {
    await house.handle.db
      .updateTable('party')
      .set({ distributor_id: gate.people.distributor.partyId })
      .where('id', '=', gate.people.other.partyId)
      .execute();
    const reach = async (to: 'interim' | 'owing' | 'everyone') =>
      (await countReach(house.handle.db, gate.actionId, 0, { to })).parties;
    assert.deepEqual([await reach('interim'), await reach('owing'), await reach('everyone')], [2, 3, 5]);
    const recipients = Object.entries(gate.people).map(([name, person]) => ({
      party_id: person.partyId,
      contact_id: person.contactId,
      audience: name === 'distributor' ? 'distributor' : 'dx-recall',
    }));
    const reached = await onlyReached(
      house.handle.db,
      gate.actionId,
      0,
      { to: 'interim' },
      recipients as unknown as Parameters<typeof onlyReached>[4],
    );
    assert.deepEqual(
      reached.map((one) => one.party_id).sort(),
      [gate.people.other.partyId, gate.people.distributor.partyId].sort(),
      'the letters planned are those that were counted',
    );
  });

  it('shows each unit in both states to its owner, in their language', async () => {
    const { token } = gate.people.other;
    const page = async (language: string) => (await house.app.request(`/p/${token}/units?lang=${language}`)).text();
    const english = await page('en');
    assert.match(english, /Patch 1\.0/);
    assert.match(english, /Run Manager 4\.0/);
    assert.match(english, /There is a permanent fix now\. One line below still needs it\./);
    assert.match(await page('de'), /Endgültige Problembehebung/);
  });

  it('lists who is still on the interim patch, as a page and as a file', async () => {
    const cookie = await house.signIn('viewer');
    const base = `/actions/${gate.actionId}/permanent`;
    const units = await html(`${base}/units`, cookie);
    assert.equal(units.status, 200);
    assert.match(units.text, /still on the interim patch/);
    assert.match(units.text, /FSN-GATE-1-other/);
    assert.doesNotMatch(units.text, /FSN-GATE-1-owner/);
    const file = await html(`${base}/units?path=owed&format=csv`, cookie);
    assert.equal(file.text.trim().split('\n').length, 3);
    assert.equal((await html(`${base}/refused`, cookie)).status, 200);
    assert.match((await html(`/actions/${gate.actionId}`, cookie)).text, /Permanent fix/);
    assert.equal((await send(`${base}/propose`, cookie, { remedyId: '1', supersedesId: '1' })).status, 403);
  });

  it('prepares kits of the new remedy with its own package', async () => {
    await house.handle.db
      .updateTable('unit')
      .set({ connected: false })
      .where('id', '=', (await correctionOf('owner', permanentId)).unit_id)
      .execute();
    const { requestCarriedKits } = await import('../src/app/interim-kits.ts');
    assert.deepEqual(await transact(quality, (tx) => requestCarriedKits(tx, quality, gate.actionId)), {
      kits: 1,
      corrections: 1,
    });
    assert.deepEqual(
      await transact(quality, (tx) => requestCarriedKits(tx, quality, gate.actionId)),
      { kits: 0, corrections: 0 },
      'asked for once',
    );
    const kit = await house.handle.db.selectFrom('kit').selectAll().executeTakeFirstOrThrow();
    assert.equal(kit.remedy_id, permanentId);
    given(await prepareKit(quality, kit.id));
    const prepared = await house.handle.db.selectFrom('kit').select('package_id').executeTakeFirstOrThrow();
    assert.equal(prepared.package_id, packages.permanent);
  });

  it('a code of the permanent fix confirms both', async () => {
    const permanent = await correctionOf('owner', permanentId);
    given(
      await enterCode(asPerson(house.ctx, gate.people.owner), { code: await codeOf(permanent.id, packages.permanent) }),
    );
    assert.equal((await correctionOf('owner', gate.remedyId)).state, 'confirmed');
    assert.equal((await correctionOf('owner', permanentId)).fix_path, 'direct');
    const cookie = await house.signIn('viewer');
    const page = await html(`/corrections/${(await correctionOf('owner', gate.remedyId)).id}`, cookie);
    assert.match(page.text, /[Ss]uperseded by the permanent fix/);
    assert.match(page.text, new RegExp(`/corrections/${permanent.id}"`));
  });

  it('answers programs the same', async () => {
    const key = await house.key('action.read', 'action.create', 'action.change');
    const path = '/actions/FSN-GATE-1';
    const figures = (await (await house.api(key, 'GET', `${path}/permanent-fix`)).json()) as {
      fixes: { paths: Record<string, number> }[];
    };
    assert.deepEqual(figures.fixes[0]?.paths, { neither: 0, interim: 1, direct: 1, both: 0, ended: 0 });
    const list = (await (await house.api(key, 'GET', `${path}/permanent-fix/units?path=interim`)).json()) as {
      rows: { path: string }[];
    };
    assert.deepEqual(
      list.rows.map((one) => one.path),
      ['interim'],
    );
    assert.equal((await house.api(key, 'GET', `${path}/refused`)).status, 200);
    assert.equal(
      (
        await house.api(key, 'POST', `/remedies/${permanentId}/start/sign`, {
          as: 'quality',
          contentHash: 'a'.repeat(64),
          credential,
        })
      ).status,
      403,
      'a signature is a person’s',
    );
    const made = await house.api(key, 'POST', `${path}/successor`, {
      reference: 'FSN-GATE-2',
      title: 'What follows',
      remedyName: 'Run Manager 5.0',
    });
    assert.equal(made.status, 201);
  });

  it('starts a successor from the desk, and keeps what was typed when it is refused', async () => {
    const cookie = await house.signIn('quality');
    const { id } = await house.handle.db
      .insertInto('action')
      .values({
        reference: 'FSN-GATE-0',
        title: 'Another one',
        stage: 'monitoring',
        stage_since: house.ctx.now(),
        released_at: house.ctx.now(),
        aware_on: null,
        reportability_aware_on: null,
        embargo_until: null,
        predecessor_id: null,
        created_at: house.ctx.now(),
        changed_at: house.ctx.now(),
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await house.handle.db
      .insertInto('remedy')
      .values({
        action_id: id,
        position: 1,
        kind: 'interim-patch',
        name: 'Patch 0.9',
        status: 'available',
        created_at: house.ctx.now(),
      })
      .execute();
    const path = `/actions/${id}/permanent/successor`;
    const typed = { title: 'Typed with care', remedyName: 'Run Manager 3.9', remedyDescription: '' };
    const taken = await send(path, cookie, { ...typed, reference: 'FSN-GATE-1' });
    assert.equal(taken.status, 409);
    const page = await taken.text();
    assert.match(page, /There is an action FSN-GATE-1 already/);
    assert.match(page, /value="Typed with care"/);
    assert.equal((await send(path, cookie, { ...typed, reference: '' })).status, 422);
    const made = await send(path, cookie, { ...typed, reference: 'FSN-GATE-0-2' });
    assert.equal(made.status, 303);
    const next = made.headers.get('location') ?? '';
    assert.match(next, /^\/actions\/\d+\/describe$/);
    assert.match((await html(next.replace('/describe', ''), cookie)).text, /Follows <a href="[^"]+">FSN-GATE-0</);
    assert.match(
      (await html(`/actions/${id}/permanent`, cookie)).text,
      /FSN-GATE-0-2 brings the permanent fix and is not released yet/,
    );
  });

  it('shows the other action’s state in the portal once it is released', async () => {
    const successor = await house.handle.db
      .selectFrom('action')
      .select('id')
      .where('reference', '=', 'FSN-GATE-2')
      .executeTakeFirstOrThrow();
    const remedy = await house.handle.db
      .selectFrom('remedy')
      .select(['id', 'supersedes_id'])
      .where('action_id', '=', successor.id)
      .executeTakeFirstOrThrow();
    assert.equal(remedy.supersedes_id, permanentId, 'the last remedy that is available');
    const of = await house.handle.db
      .selectFrom('correction')
      .selectAll()
      .where('remedy_id', '=', permanentId)
      .where('party_id', '=', gate.people.other.partyId)
      .executeTakeFirstOrThrow();
    const { rung: _rung, id: _id, fix_path: _path, notified_at: _told, has_file_at: _file, ...same } = of;
    await house.handle.db
      .insertInto('correction')
      .values({ ...same, action_id: successor.id, remedy_id: remedy.id, state: 'open', because_id: null })
      .execute();
    const page = async (token: string) => (await house.app.request(`/p/${token}/units`)).text();
    assert.doesNotMatch(await page(gate.people.other.token), /Run Manager 5\.0/, 'not before it is released');
    await house.handle.db
      .updateTable('action')
      .set({ stage: 'released', released_at: house.ctx.now() })
      .where('id', '=', successor.id)
      .execute();
    assert.match(await page(gate.people.other.token), /Run Manager 5\.0/);
    const { contactId, partyId } = gate.people.other;
    const links = await transact(house.ctx, (tx) => ensureLinks(tx, house.ctx, successor.id, [{ contactId, partyId }]));
    const own = await page(linkToken(house.ctx.settings.secret, links.get(contactId) ?? 0));
    assert.match(own, /Run Manager 5\.0/);
    assert.match(own, /Run Manager 4\.0/);
  });
});
