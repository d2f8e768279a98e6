/** Rungs of the ledger: what moves them, and that their tally is what the originals say. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { type NewConfirmation, recordConfirmations } from '../src/app/confirmations.ts';
import { type Context, transact } from '../src/app/context.ts';
import { recordBounce } from '../src/app/delivery-bounces.ts';
import { sendDueDeliveries } from '../src/app/delivery-send.ts';
import { verifyFigures } from '../src/app/figures.ts';
import { moveKit, undoKitMove } from '../src/app/kits.ts';
import { countRungs, loadLadder, loadLadders } from '../src/app/queries/evidence-ladder.ts';
import { moveUnit } from '../src/app/unit-moves.ts';
import { correctionStates, type EvidenceKind } from '../src/domain/correction.ts';
import { type Rung, rungOf, rungs } from '../src/domain/evidence-ladder.ts';
import {
  addParty,
  addReleased,
  type DeliveryHouse,
  openDeliveryHouse,
  plan,
  type Released,
  regulatory,
  type SampleParty,
  support,
} from './delivery-house.ts';
import { databaseKind } from './helpers/database.ts';
import { addDownload, addPackageRow, addShippedKit, correctionsOf, tell } from './helpers/ladder.ts';
import { given } from './helpers/packages.ts';

async function say(
  ctx: Context,
  actionId: number,
  kind: EvidenceKind,
  said: { id: number; claim: NewConfirmation['claim']; reason?: string }[],
): Promise<void> {
  given(
    await transact(ctx, (tx) =>
      recordConfirmations(
        tx,
        ctx,
        { actionId, partyId: null, replyId: null, door: kind === 'staff' ? 'desk' : 'web', kind },
        said.map((one) => ({
          correctionId: one.id,
          claim: one.claim,
          doneOn: null,
          backedUp: null,
          reason: one.reason ?? (kind === 'staff' ? 'seen' : ''),
          detail: {},
        })),
      ),
    ),
  );
}

describe('the ladder of evidence', () => {
  let house: DeliveryHouse;
  let ctx: Context;
  let released: Released;
  before(async () => {
    house = await openDeliveryHouse();
    ctx = house.as(regulatory);
    released = await addReleased(ctx);
  });
  after(() => house.close());

  const rungsOf = async (party: SampleParty) =>
    (await correctionsOf(ctx, party.partyId)).map((row) => row.rung).join(' ');
  const truth = async () => {
    const verdict = await verifyFigures(ctx);
    assert.equal(verdict.figures, 'ok', JSON.stringify(verdict));
  };

  it('is in the database what the rule says outside of it', async () => {
    const { rows } = await sql<{ state: string; file: boolean; told: boolean; rung: Rung }>`
      with facts as (select state, file, told from unnest(${Object.keys(correctionStates)}::text[]) state
        cross join (values (true), (false)) a (file) cross join (values (true), (false)) b (told))
      select state, file, told,
        case when state in ('stated', 'confirmed', 'verified') then state when file then 'downloaded'
             when told then 'notified' else 'none' end as rung from facts`.execute(ctx.db);
    assert.equal(rows.length, 32);
    const party = await addParty(ctx, released, { units: 1 });
    const [first] = await correctionsOf(ctx, party.partyId);
    for (const { state, file, told } of rows) {
      const { rows: kept } = await sql<{ rung: Rung }>`
        update correction set state = ${state}, notified_at = ${told ? ctx.now() : null}, has_file_at = ${file ? ctx.now() : null}
          where id = ${first?.id ?? 0} returning rung`.execute(ctx.db);
      assert.equal(kept[0]?.rung, rungOf({ state, hasFile: file, notified: told }), `${state} ${file} ${told}`);
    }
    await sql`update correction set state = 'open', notified_at = null, has_file_at = null where id = ${first?.id ?? 0}`.execute(
      ctx.db,
    );
    await truth();
  });

  it('rises when a letter leaves and falls when it comes back', async () => {
    const party = await addParty(ctx, released, { units: 2, contacts: [{ email: 'one@told.example' }] });
    assert.equal(await rungsOf(party), 'none none none none');
    await plan(ctx, released);
    await sendDueDeliveries(ctx);
    assert.equal(await rungsOf(party), 'notified notified notified notified');
    const [one] = await correctionsOf(ctx, party.partyId);
    const ladder = await loadLadder(ctx.db, one?.id ?? 0);
    assert.equal(ladder?.rung, 'notified');
    const [letter] = ladder?.lines[0]?.proofs ?? [];
    assert.deepEqual([letter?.source, letter?.who, letter?.how], ['delivery', 'Erika Muster', 'notice by e-mail']);
    given(
      await recordBounce(house.as(support), { deliveryId: letter?.id ?? 0, kind: 'hard', detail: 'no such mailbox' }),
    );
    assert.equal(await rungsOf(party), 'none none none none');
    await truth();
  });

  it('a download counts for everything of its party that the package is for', async () => {
    const code = await ctx.db
      .selectFrom('product')
      .select('code')
      .where('id', '=', released.productId)
      .executeTakeFirstOrThrow();
    const party = await addParty(ctx, released, { units: 2 });
    const other = await addParty(ctx, released, { units: 1 });
    const dx = await addPackageRow(ctx, released, {
      version: '1.0',
      applies: [{ product: code.code, environments: ['Dx'] }],
    });
    const some = await addDownload(ctx, {
      actionId: released.actionId,
      packageId: dx,
      partyId: party.partyId,
      state: 'started',
    });
    assert.equal(await rungsOf(party), 'none none none none');
    await sql`update download set state = 'finished', finished_at = ${ctx.now()} where id = ${some}`.execute(ctx.db);
    assert.equal(await rungsOf(party), 'downloaded none downloaded none');
    const all = await addPackageRow(ctx, released, { version: '1.1' });
    await addDownload(ctx, {
      actionId: released.actionId,
      packageId: all,
      partyId: party.partyId,
      ...(party.contactIds[0] === undefined ? {} : { contactId: party.contactIds[0] }),
    });
    assert.equal(await rungsOf(party), 'downloaded downloaded downloaded downloaded');
    assert.equal(await rungsOf(other), 'none none');
    const [first] = await correctionsOf(ctx, party.partyId);
    const ladder = await loadLadder(ctx.db, first?.id ?? 0);
    assert.deepEqual(
      ladder?.lines[1]?.proofs.map((proof) => [proof.source, proof.who, proof.how]),
      [
        ['download', '', 'download of patch.msi 1.0'],
        ['download', 'Erika Muster', 'download of patch.msi 1.1'],
      ],
    );
    await truth();
  });

  it('a kit counts for its own corrections, once it arrived', async () => {
    const party = await addParty(ctx, released, { units: 2 });
    const [, second] = await correctionsOf(ctx, party.partyId);
    const packageId = await addPackageRow(ctx, released, { version: '1.2' });
    const kit = await addShippedKit(ctx, packageId, [second?.id ?? 0]);
    assert.equal(await rungsOf(party), 'none none none none');
    given(await moveKit(house.as(support), kit, { to: 'received', carrier: '', tracking: '', reason: '' }));
    assert.equal(await rungsOf(party), 'none downloaded none none');
    given(await undoKitMove(house.as(support), kit, { reason: 'it was another one' }));
    assert.equal(await rungsOf(party), 'none none none none');
    given(await moveKit(house.as(support), kit, { to: 'received', carrier: '', tracking: '', reason: '' }));
    given(await moveKit(house.as(support), kit, { to: 'returned', carrier: '', tracking: '', reason: '' }));
    const ladder = await loadLadder(ctx.db, second?.id ?? 0);
    assert.deepEqual(
      ladder?.lines[1]?.proofs.map((proof) => [proof.source, proof.who, proof.how]),
      [['kit', 'Sam Support', 'kit returned, Post, X1']],
    );
    await truth();
  });

  it('what is said of it comes above, whatever was below', async () => {
    const party = await addParty(ctx, released, { units: 2 });
    const rows = await correctionsOf(ctx, party.partyId);
    const [a = 0, b = 0, c = 0, d = 0] = rows.map((row) => row.id);
    await say(ctx, released.actionId, 'statement', [
      { id: a, claim: 'done' },
      { id: b, claim: 'done' },
      { id: d, claim: 'gone' },
    ]);
    await say(ctx, released.actionId, 'code', [{ id: b, claim: 'done' }]);
    await say(ctx, released.actionId, 'staff', [{ id: c, claim: 'done' }]);
    assert.equal(await rungsOf(party), 'stated confirmed verified none');
    const [, second, third] = await loadLadders(ctx.db, [a, b, c]);
    assert.deepEqual(
      second?.lines.filter((line) => line.reached).map((line) => [line.step, line.proofs[0]?.how]),
      [
        ['stated', 'statement on the web'],
        ['confirmed', 'confirmation code on the web'],
      ],
    );
    assert.deepEqual(
      third?.lines.filter((line) => line.reached).map((line) => [line.step, line.proofs[0]?.who]),
      [['verified', 'Rita Regulatory']],
    );
    await truth();
  });

  it('a unit that moves stands where its new party stands', async () => {
    const told = await addParty(ctx, released, { units: 1 });
    const place = await addParty(ctx, released, { units: 1 });
    await tell(ctx, released.actionId, [told.partyId]);
    const packageId = await addPackageRow(ctx, released, { version: '1.3' });
    await addDownload(ctx, { actionId: released.actionId, packageId, partyId: told.partyId });
    assert.equal(await rungsOf(told), 'downloaded downloaded');
    const { ref } = await ctx.db
      .selectFrom('party')
      .select('ref')
      .where('id', '=', place.partyId)
      .executeTakeFirstOrThrow();
    given(
      await moveUnit(house.as(regulatory), told.unitIds[0] ?? 0, {
        to: 'party',
        partyRef: ref,
        siteRef: '',
        reason: 'sold on',
      }),
    );
    assert.equal(await rungsOf(place), 'none none none none');
    await tell(ctx, released.actionId, [place.partyId]);
    assert.equal(await rungsOf(place), 'notified notified notified notified');
    await truth();
  });

  it('a correction made later stands where its party stands already', async () => {
    const party = await addParty(ctx, released, { units: 1 });
    await tell(ctx, released.actionId, [party.partyId]);
    const remedy = await ctx.db
      .insertInto('remedy')
      .values({
        action_id: released.actionId,
        position: 9,
        kind: 'permanent-fix',
        name: 'Version 2',
        status: 'available',
        created_at: ctx.now(),
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await sql`insert into correction (action_id, unit_id, environment_id, remedy_id, product_id, party_id, site_id, country, state_since, created_at)
      select action_id, unit_id, environment_id, ${remedy.id}, product_id, party_id, site_id, country, ${ctx.now()}, ${ctx.now()}
        from correction where party_id = ${party.partyId}`.execute(ctx.db);
    assert.equal(await rungsOf(party), 'notified notified notified notified');
    await truth();
  });

  it('a download that ends while a correction is made counts for it', async (t) => {
    if (databaseKind === 'pglite') return t.skip('one transaction at a time');
    const party = await addParty(ctx, released, { units: 1 });
    const packageId = await addPackageRow(ctx, released, { version: '1.4' });
    const { id } = await ctx.db
      .insertInto('remedy')
      .values({
        action_id: released.actionId,
        position: 8,
        kind: 'permanent-fix',
        name: 'Version 3',
        status: 'available',
        created_at: ctx.now(),
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await sql`update package set remedy_id = ${id} where id = ${packageId}`.execute(ctx.db);
    const made = Promise.withResolvers<void>();
    const making = transact(ctx, async (tx) => {
      await sql`insert into correction (action_id, unit_id, environment_id, remedy_id, product_id, party_id, site_id, country, state_since, created_at)
        select action_id, unit_id, environment_id, ${id}, product_id, party_id, site_id, country, ${ctx.now()}, ${ctx.now()}
          from correction where party_id = ${party.partyId}`.execute(tx);
      made.resolve();
      await new Promise((resolve) => setTimeout(resolve, 300));
    });
    await made.promise;
    await addDownload(ctx, { actionId: released.actionId, packageId, partyId: party.partyId });
    await making;
    assert.equal(await rungsOf(party), 'none none downloaded downloaded');
    await truth();
  });

  it('the tally is the truth after any sequence of changes', async () => {
    const play = await addReleased(ctx);
    const parties: SampleParty[] = [];
    for (let n = 0; n < 4; n++) parties.push(await addParty(ctx, play, { units: 1 + (n % 2) }));
    const packages = [
      await addPackageRow(ctx, play, { version: '1.0' }),
      await addPackageRow(ctx, play, { version: '2.0' }),
    ];
    let seed = 42;
    const next = (below: number) => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const any = <T>(list: readonly T[]) => list[next(list.length)] as T;
    const claims = ['done', 'done', 'not-yet', 'gone', 'not-affected', 'isolated'] as const;
    for (let step = 0; step < 60; step++) {
      const party = any(parties);
      const rows = await correctionsOf(ctx, party.partyId);
      const row = rows.length > 0 ? any(rows) : undefined;
      const what = next(7);
      if (what === 0) await tell(ctx, play.actionId, [party.partyId, any(parties).partyId], next(4) > 0);
      else if (what === 1)
        await addDownload(ctx, {
          actionId: play.actionId,
          packageId: any(packages),
          partyId: party.partyId,
          state: any(['finished', 'started']),
        });
      else if (what === 2) {
        const begun = await sql<{
          id: number;
        }>`select id from download where state = 'started' order by id limit 1`.execute(ctx.db);
        if (begun.rows[0])
          await sql`update download set handed_over = true where id = ${begun.rows[0].id}`.execute(ctx.db);
      } else if (row && what === 3) {
        const kit = await addShippedKit(ctx, packages[0] ?? 0, [row.id]);
        if (next(2) > 0)
          given(await moveKit(house.as(support), kit, { to: 'received', carrier: '', tracking: '', reason: '' }));
      } else if (row && what === 4) {
        const to = any(parties);
        const { ref } = await ctx.db
          .selectFrom('party')
          .select('ref')
          .where('id', '=', to.partyId)
          .executeTakeFirstOrThrow();
        await moveUnit(ctx, row.unit_id, { to: 'party', partyRef: ref, siteRef: '', reason: 'moved' });
      } else if (row) {
        const kind = any(['statement', 'code', 'staff', 'instrument'] as const);
        const claim = kind === 'code' || kind === 'instrument' ? 'done' : any(claims);
        await say(ctx, play.actionId, kind, [{ id: row.id, claim }]);
      }
      if (step % 10 === 9) await truth();
    }
    const { rows } = await sql<{ state: string; told: boolean; file: boolean }>`
      select c.state, r.notified_at is not null as told, r.has_file_at is not null as file
        from correction c join correction_reach r using (id) where c.action_id = ${play.actionId}`.execute(ctx.db);
    const counted = Object.fromEntries(rungs.map((rung) => [rung, 0])) as Record<Rung, number>;
    for (const { state, told, file } of rows) counted[rungOf({ state, hasFile: file, notified: told })]++;
    assert.deepEqual(await countRungs(ctx.db, play.actionId), counted);
    assert.ok(Object.values(counted).filter((n) => n > 0).length >= 3, JSON.stringify(counted));
  });

  it('that was tampered with is named', async () => {
    await sql`update correction set has_file_at = ${ctx.now()} where id = (select max(id) from correction where rung = 'none')`.execute(
      ctx.db,
    );
    const verdict = await verifyFigures(ctx);
    const named = verdict.figures === 'wrong' ? verdict.differences.map(({ figure }) => figure) : [];
    assert.deepEqual(named, ['corrections on rung downloaded']);
  });
});
