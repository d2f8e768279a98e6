import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { transact } from '../src/app/context.ts';
import {
  ensureLinks,
  linkHash,
  linkToken,
  linkUrl,
  markLinkOpened,
  normaliseToken,
  renewLink,
  revokeLink,
} from '../src/app/links.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { addParty, addReleased, type DeliveryHouse, openDeliveryHouse, support } from './delivery-house.ts';

let house: DeliveryHouse;
before(async () => {
  house = await openDeliveryHouse();
});
after(() => house.close());

async function oneLink() {
  const released = await addReleased(house.ctx);
  const { partyId, contactIds } = await addParty(house.ctx, released);
  const contactId = contactIds[0] ?? 0;
  const links = await transact(house.ctx, (tx) =>
    ensureLinks(tx, house.ctx, released.actionId, [{ contactId, partyId }]),
  );
  const linkId = links.get(contactId) ?? 0;
  return { released, partyId, contactId, linkId, token: linkToken(house.ctx.settings.secret, linkId) };
}

test('a token is 130 bits of a readable alphabet, the same each time, another for each link and each secret', () => {
  const { secret } = house.ctx.settings;
  const token = linkToken(secret, 1);
  assert.match(token, /^[0-9a-hjkmnp-tv-z]{26}$/);
  assert.equal(linkToken(secret, 1), token);
  assert.notEqual(linkToken(secret, 2), token);
  assert.notEqual(linkToken(Buffer.alloc(32, 8), 1), token);
  const many = new Set(Array.from({ length: 5_000 }, (_, i) => linkToken(secret, i)));
  assert.equal(many.size, 5_000);
});

test('only the hash is stored, and a token typed from paper is the same token', async () => {
  const { linkId, token } = await oneLink();
  const stored = await house.handle.db
    .selectFrom('link')
    .selectAll()
    .where('id', '=', linkId)
    .executeTakeFirstOrThrow();
  assert.ok(Buffer.from(stored.token_hash).equals(linkHash(token)));
  assert.equal(JSON.stringify(stored).includes(token), false);
  const typed = token
    .toUpperCase()
    .replaceAll('0', 'O')
    .replaceAll('1', 'l')
    .replace(/(.{5})/g, '$1-');
  assert.equal(normaliseToken(typed), token);
  assert.equal(linkUrl(house.ctx.settings, linkId, 'contact'), `https://fieldfix.example/p/${token}/contact`);
});

test('a contact has one link into an action, however often it is asked for', async () => {
  const { released, partyId, contactId, linkId } = await oneLink();
  const wishes = [{ contactId, partyId }];
  const again = await transact(house.ctx, (tx) => ensureLinks(tx, house.ctx, released.actionId, wishes));
  assert.equal(again.get(contactId), linkId);
});

test('a link can be revoked and opened again by staff, with a reason, and never by its holder', async () => {
  const { linkId } = await oneLink();
  const staff = house.as(support);
  const stored = () =>
    house.handle.db.selectFrom('link').selectAll().where('id', '=', linkId).executeTakeFirstOrThrow();
  assert.ok(!isRefusal(await revokeLink(staff, linkId, { reason: 'passed on' })));
  assert.deepEqual([(await stored()).revoked_at, (await stored()).revoked_reason], [house.ctx.now(), 'passed on']);
  house.setNow('2022-06-01T08:00:00Z');
  assert.ok(!isRefusal(await renewLink(staff, linkId, { reason: 'it was a mistake' })));
  const renewed = await stored();
  assert.deepEqual([renewed.revoked_at, renewed.expires_at.toISOString()], [null, '2024-05-31T08:00:00.000Z']);
  house.setNow('2022-05-04T08:00:00Z');
  const holder = house.as({ kind: 'contact', linkId, contactId: 1, partyId: 1, name: 'Erika Muster' });
  assert.ok(isRefusal(await renewLink(holder, linkId, { reason: 'longer please' })));
});

test('only the first press of the button counts as opened', async () => {
  const { linkId } = await oneLink();
  const press = () => transact(house.ctx, (tx) => markLinkOpened(tx, house.ctx, linkId));
  await press();
  house.setNow('2022-05-05T08:00:00Z');
  await press();
  house.setNow('2022-05-04T08:00:00Z');
  const link = await house.handle.db
    .selectFrom('link')
    .select('opened_at')
    .where('id', '=', linkId)
    .executeTakeFirstOrThrow();
  assert.equal(link.opened_at?.toISOString(), '2022-05-04T08:00:00.000Z');
});
