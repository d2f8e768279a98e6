import { z } from 'zod';
import { barcodeInput, lookUpBarcode } from '../../app/barcodes.ts';
import { acceptPaperReply, matchPaperReply, setPaperReplyAside } from '../../app/paper-decide.ts';
import { keepPaperFile } from '../../app/paper-replies.ts';
import { paperReplyList } from '../../app/queries/paper-replies.ts';
import { listOperation } from './list.ts';
import { idOf, instant, type Operation, operation } from './operation.ts';

const tag = 'Replies';
const id = z.number().int();
const params = idOf('form');

/** Forms that came back as files, and labels read in the laboratory. */
export const paperFileOperations: readonly Operation[] = [
  operation({
    method: 'POST',
    path: '/paper-files',
    permission: 'reply.record',
    tag,
    summary: 'Hand in a form that came back',
    description:
      'Keeps a filled PDF, a scan or a photo whole and reads it soon after. A complete PDF becomes a reply by itself; everything else waits for a person. The same bytes handed in again are the file they were.',
    status: 201,
    query: z.object({ name: z.string().max(200).default('form').describe('Name of the file.') }),
    body: {
      mediaTypes: ['application/pdf', 'image/jpeg', 'image/png', 'image/tiff', 'image/heic'],
      description: 'The bytes.',
    },
    answer: z.object({ id, fresh: z.boolean() }),
    example: { query: { name: 'form.pdf' } },
    run: (ctx, { query }, request) => keepPaperFile(ctx, { name: query.name, bytes: request.body, way: 'api' }),
  }),
  listOperation({
    list: paperReplyList,
    path: '/paper-replies',
    permission: 'reply.read',
    tag,
    summary: 'List forms that came back',
    description: 'Filled PDFs, scans and photos, each with why it waits for a person, or the reply it became.',
    row: z.object({
      id,
      name: z.string(),
      receivedAt: instant,
      cameBy: z.string(),
      door: z.string(),
      state: z.enum(['waiting', 'taken', 'aside']),
      reasons: z.array(z.string()),
      partyId: id.nullable(),
      party: z.string().nullable(),
      country: z.string().nullable(),
      actionId: id.nullable(),
      reference: z.string().nullable(),
      pages: z.number().int(),
      replyId: id.nullable(),
      decidedBy: z.string(),
    }),
    scope: () => undefined,
    example: { query: { state: 'waiting' } },
  }),
  operation({
    method: 'POST',
    path: '/paper-replies/:id/take',
    permission: 'reply.record',
    tag,
    summary: 'Take a form as a reply',
    description: 'With the answers as a person saw them, by the names of the form’s fields, e.g. `c34.status`.',
    params,
    body: z.object({ fields: z.record(z.string().max(100), z.union([z.string(), z.array(z.string())])) }),
    answer: z.object({ id, replyId: id, contradictions: z.number().int() }),
    example: { params: { id: '3' }, body: { fields: { 'q.received': 'yes', 'c34.status': 'done' } } },
    run: (ctx, { params: path, body }) => acceptPaperReply(ctx, path.id, body.fields),
  }),
  operation({
    method: 'POST',
    path: '/paper-replies/:id/match',
    permission: 'reply.record',
    tag,
    summary: 'Say whose form it is',
    description: 'By the code at the foot of its pages, or by action and party. It then waits to be typed.',
    params,
    body: z.union([z.object({ code: z.string().min(1).max(60) }), z.object({ actionId: id, partyId: id })]),
    answer: z.object({ id }),
    example: { params: { id: '3' }, body: { actionId: 1, partyId: 42 } },
    run: (ctx, { params: path, body }) => matchPaperReply(ctx, path.id, body),
  }),
  operation({
    method: 'POST',
    path: '/paper-replies/:id/aside',
    permission: 'reply.record',
    tag,
    summary: 'Put pages aside',
    description: 'Pages that are no reply, with the reason; or, with `aside` false, takes them out again.',
    params,
    body: z.object({ aside: z.boolean().default(true), outcome: z.string().max(500).default('') }),
    answer: z.object({ id }),
    example: { params: { id: '3' }, body: { aside: true, outcome: 'A delivery note.' } },
    run: (ctx, { params: path, body }) => setPaperReplyAside(ctx, path.id, body),
  }),
  operation({
    method: 'POST',
    path: '/barcodes',
    permission: 'unit.read',
    tag: 'Units',
    summary: 'Read a label',
    description:
      'GS1 (DataMatrix, QR, Code 128, Digital Link), HIBC, ICCBBA, IFA or a plain serial number, with symbology identifier and FNC1 as scanned or without. Says whether the unit has corrections, is known and not affected, or is not known yet. Changes nothing.',
    body: barcodeInput,
    answer: z.object({
      outcome: z.enum(['listed', 'not-affected', 'unknown']),
      number: z.string(),
      product: z.object({ id, name: z.string(), affected: z.boolean() }).nullable(),
      carrier: z
        .object({
          issuer: z.string(),
          di: z.string(),
          serial: z.string().nullable(),
          lot: z.string().nullable(),
          expiry: z.string().nullable(),
          madeOn: z.string().nullable(),
          softwareVersion: z.string().nullable(),
          others: z.array(z.object({ key: z.string(), value: z.string() })),
        })
        .nullable(),
      units: z.array(
        z.object({
          id,
          serial: z.string(),
          productId: id,
          product: z.string(),
          partyId: id,
          corrections: z.array(
            z.object({ id, actionId: id, environment: z.string(), remedy: z.string(), state: z.string() }),
          ),
        }),
      ),
    }),
    example: { body: { text: ']d201008162700201252155001234' } },
    run: (ctx, { body }) => lookUpBarcode(ctx, body),
  }),
];
