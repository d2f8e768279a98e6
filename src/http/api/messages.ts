import { z } from 'zod';
import { keepAttachedInput, keepAttachedMessage } from '../../app/message-attachments.ts';
import { decideMessage, decideMessageInput } from '../../app/message-decide.ts';
import { endMessages, endMessagesInput } from '../../app/message-end.ts';
import { uploadMessages } from '../../app/message-upload.ts';
import { findMessage, keepMessageInput, loadBytes } from '../../app/messages.ts';
import { messageList } from '../../app/queries/messages.ts';
import { sendReceipt, sendReceiptInput } from '../../app/receipts.ts';
import { staffIdOf } from '../../domain/actor.ts';
import { failureClasses, mailKinds } from '../../domain/mail.ts';
import { forbid } from '../../domain/permission.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { fileAnswer } from '../file-answer.ts';
import { listOperation } from './list.ts';
import { idOf, instant, type Operation, operation } from './operation.ts';

const tag = 'Post room';
const id = z.number().int();
const params = idOf('message');

const reason = z.object({ what: z.string(), text: z.string(), says: z.string() });
const attachment = z.object({
  index: id,
  name: z.string(),
  mediaType: z.string(),
  seenType: z.string().describe('What its first bytes say; empty when they say nothing.'),
  size: z.number().int(),
  sha256: z.string(),
  caution: z.string().describe('Why it is kept aside, e.g. executable; empty for none.'),
});

export const messageOperations: readonly Operation[] = [
  listOperation({
    list: messageList,
    path: '/messages',
    permission: 'message.read',
    tag,
    summary: 'List messages',
    description: 'What came in by mail, and what it was taken for.',
    row: z.object({
      id,
      receivedAt: instant,
      door: z.string(),
      mailbox: z.string(),
      state: z.enum(['new', 'waiting', 'done']),
      kind: z.enum(mailKinds).nullable(),
      failure: z.enum(failureClasses).nullable(),
      confidence: z.number().int().nullable().describe('0 to 100.'),
      fromName: z.string(),
      fromAddress: z.string(),
      subject: z.string(),
      excerpt: z.string(),
      partyId: id.nullable(),
      party: z.string().nullable(),
      country: z.string().nullable(),
      actionId: id.nullable(),
      reference: z.string().nullable(),
      attachments: z.number().int(),
      owner: z.string(),
      ownerId: z.string().nullable(),
      outcome: z.string(),
      urgent: z.boolean(),
      rank: z.string().describe('Sorts what cannot wait before all, then what came first.'),
    }),
    scope: (ctx) => ({ me: staffIdOf(ctx.actor) }),
    example: { query: { state: 'waiting' } },
  }),
  operation({
    method: 'POST',
    path: '/messages',
    permission: 'message.keep',
    tag,
    summary: 'Hand in mail',
    description:
      'Keeps one message (RFC 5322, or Outlook’s .msg) or a whole mailbox (mbox), as it is, before anything in it is understood. The same bytes handed in again are the message they were.',
    status: 201,
    query: keepMessageInput.pick({ mailbox: true }).extend({
      envelopeFrom: z.string().max(320).default('').describe('Return path of the envelope.'),
      envelopeTo: z.string().max(2_000).default('').describe('Recipients of the envelope, with commas between them.'),
    }),
    body: {
      mediaTypes: ['message/rfc822', 'application/mbox', 'application/vnd.ms-outlook'],
      description: 'The bytes.',
    },
    answer: z.object({
      fresh: z.number().int().describe('Messages kept now.'),
      known: z.number().int().describe('Messages that had come in before.'),
      firstId: id,
    }),
    example: { query: { mailbox: 'archive' } },
    run: (ctx, { query }, request) =>
      uploadMessages(ctx, request.body, {
        door: 'api',
        mailbox: query.mailbox,
        envelope: { from: query.envelopeFrom, to: query.envelopeTo.split(',').filter((one) => one.trim() !== '') },
      }),
  }),
  operation({
    method: 'GET',
    path: '/messages/:id',
    permission: 'message.read',
    tag,
    summary: 'Read a message',
    description: 'One message with its guess, and each header, code and word that led to it.',
    params,
    answer: z.object({
      id,
      receivedAt: instant,
      state: z.string(),
      kind: z.string().nullable(),
      failure: z.string().nullable(),
      confidence: z.number().int().nullable(),
      automatic: z.boolean(),
      subject: z.string(),
      fromAddress: z.string(),
      excerpt: z.string(),
      sha256: z.string(),
      matchedBy: z.string(),
      actionId: id.nullable(),
      partyId: id.nullable(),
      contactId: id.nullable(),
      deliveryId: id.nullable(),
      replyId: id.nullable(),
      outcome: z.string(),
      troubles: z.array(z.string()),
      reasons: z.array(reason),
      attachments: z.array(attachment),
    }),
    example: { params: { id: '1' } },
    run: async (ctx, { params: path }) => {
      const no = forbid(ctx.actor, 'message.read');
      if (no) return no;
      const row = await findMessage(ctx.db, path.id);
      if (isRefusal(row)) return row;
      return {
        id: row.id,
        receivedAt: row.received_at,
        state: row.state,
        kind: row.kind,
        failure: row.failure,
        confidence: row.confidence,
        automatic: row.automatic,
        subject: row.subject,
        fromAddress: row.from_address,
        excerpt: row.excerpt,
        sha256: row.sha256,
        matchedBy: row.matched_by,
        actionId: row.action_id,
        partyId: row.party_id,
        contactId: row.contact_id,
        deliveryId: row.delivery_id,
        replyId: row.reply_id,
        outcome: row.outcome,
        troubles: row.troubles,
        reasons: row.guess.reasons ?? [],
        attachments: row.attachments,
      };
    },
  }),
  operation({
    method: 'GET',
    path: '/messages/:id/source',
    permission: 'message.read',
    tag,
    summary: 'Get the original of a message',
    description: 'Its bytes as they came in.',
    params,
    answer: { mediaTypes: ['message/rfc822'], description: 'The message.' },
    example: { params: { id: '1' } },
    run: async (ctx, { params: path }) => {
      const row = await findMessage(ctx.db, path.id);
      if (isRefusal(row)) return row;
      return fileAnswer(await loadBytes(ctx, row.sha256), {
        name: `message-${row.id}.eml`,
        mediaType: 'message/rfc822',
      });
    },
  }),
  operation({
    method: 'POST',
    path: '/messages/:id/attached',
    permission: 'message.keep',
    tag,
    summary: 'Take in an attached message',
    description: 'Takes a message that is attached to this one in as a message of its own, to be read like any other.',
    status: 201,
    params,
    body: keepAttachedInput,
    answer: z.object({ id, fresh: z.boolean().describe('False: it had come in before.') }),
    example: { params: { id: '1' }, body: { index: 0 } },
    run: (ctx, { params: path, body }) => keepAttachedMessage(ctx, path.id, body),
  }),
  operation({
    method: 'POST',
    path: '/messages/:id/decision',
    permission: 'message.decide',
    tag,
    summary: 'Decide about a message',
    description:
      'Accepts what it is taken for (which records the reply, the bounce, the other contact or the incident), corrects it, gives it an owner, ends it, or opens it again.',
    params,
    body: decideMessageInput,
    answer: z.object({ id, state: z.enum(['waiting', 'done']), outcome: z.string() }),
    example: { params: { id: '1' }, body: { how: 'correct', kind: 'question', partyId: 42 } },
    run: (ctx, { params: path, body }) => decideMessage(ctx, path.id, body),
  }),
  operation({
    method: 'POST',
    path: '/messages/end',
    permission: 'message.decide',
    tag,
    summary: 'End several messages',
    description:
      'Ends messages that wait, with one outcome, all or none. What is taken for an answer, another contact or a break-in is left waiting.',
    body: endMessagesInput,
    answer: z.object({ ended: z.array(id), lookedInto: z.array(id), notWaiting: z.array(id) }),
    example: { body: { messageIds: [1, 2], outcome: 'Newsletters; nothing to do.' } },
    run: (ctx, { body }) => endMessages(ctx, body),
  }),
  operation({
    method: 'POST',
    path: '/replies/:id/receipt',
    permission: 'reply.record',
    tag,
    summary: 'Send the receipt of a reply',
    description:
      'Mails its sender what was read out of it, unit by unit, in their language, with a link to mend it. After a call: the confirmation in writing. Once per reply and contact.',
    status: 201,
    params: idOf('reply'),
    body: sendReceiptInput,
    answer: z.object({ id, deliveryId: id }),
    example: { params: { id: '7' }, body: {} },
    run: (ctx, { params: path, body }) => sendReceipt(ctx, path.id, body),
  }),
];
