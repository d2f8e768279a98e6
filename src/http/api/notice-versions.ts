import { z } from 'zod';
import { arrangeNotice, arrangeNoticeInput } from '../../app/notice-arrange.ts';
import { checkNotice } from '../../app/notice-checks.ts';
import { compareVersions } from '../../app/notice-compare.ts';
import { previewNotice, previewNoticeInput } from '../../app/notice-preview.ts';
import { countReach } from '../../app/notice-reach.ts';
import { loadPrint, verifyNotice } from '../../app/notice-seal.ts';
import { changeUpdate, changeUpdateInput, startUpdate, startUpdateInput } from '../../app/notice-updates.ts';
import { holdingList, loadVersions } from '../../app/queries/holdings.ts';
import { audiences, noticeDocumentSchema } from '../../domain/notice.ts';
import { plainUpdate } from '../../domain/notice-update.ts';
import { isRefusal, refuse } from '../../domain/refusal.ts';
import { actionOf, actionParams } from './find.ts';
import { camelRow, listOperation } from './list.ts';
import { idOf, instant, type Operation, operation } from './operation.ts';

const tag = 'Notices';
const id = z.number().int();
const params = idOf('notice');
const example = { params: { id: '1' } };
const audience = z.enum(audiences);
const edited = z.object({ id, contentHash: z.string(), voided: z.number().int().describe('Approvals that fell.') });
const counted = z.object({
  contacts: z.number().int(),
  parties: z.number().int(),
  allContacts: z.number().int(),
  allParties: z.number().int(),
});

/** Writing: updates and what a notice is made of. */
const writing: readonly Operation[] = [
  operation({
    method: 'POST',
    path: '/actions/:reference/notices/update',
    permission: 'notice.edit',
    tag,
    summary: 'Begin an update notice',
    description:
      'A draft with the text of the released version and an empty section for what is new, and to whom it goes: everyone, who was sent faulty languages, or some audiences.',
    params: actionParams,
    body: startUpdateInput,
    status: 201,
    answer: z.object({ id, version: z.number().int() }),
    example: {
      params: { reference: 'FSN2022-1230' },
      body: { number: 'M-AMR-00496', update: { reach: { to: 'languages', languages: ['it'] }, asksReceipt: true } },
    },
    async run(ctx, { params: path, body }) {
      const found = await actionOf(ctx, path);
      return isRefusal(found) ? found : startUpdate(ctx, found.actionId, body);
    },
  }),
  operation({
    method: 'PUT',
    path: '/notices/:id/update',
    permission: 'notice.edit',
    tag,
    summary: 'Say who gets an update',
    description: 'Changes to whom a draft of an update goes and whether it asks for receipts anew. Approvals fall.',
    params,
    body: changeUpdateInput,
    answer: edited,
    example: {
      ...example,
      body: { basedOn: 'contentHash', update: { reach: { to: 'everyone' }, asksReceipt: false } },
    },
    run: (ctx, { params: path, body }) => changeUpdate(ctx, path.id, body),
  }),
  operation({
    method: 'POST',
    path: '/notices/:id/arrange',
    permission: 'notice.edit',
    tag,
    summary: 'Arrange a notice',
    description:
      'Makes one change to its variants, their sections and order, common or own texts, the layout or the dates.',
    params,
    body: arrangeNoticeInput,
    answer: edited,
    example: {
      ...example,
      body: { basedOn: 'contentHash', change: { do: 'detach', audience: 'distributor', section: 'reply' } },
    },
    run: (ctx, { params: path, body }) => arrangeNotice(ctx, path.id, body),
  }),
];

const part = z.object({ kind: z.enum(['same', 'removed', 'added']), text: z.string() });

/** Reading: versions, their seals and differences, what the checks find, how it looks. */
const reading: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/actions/:reference/notices',
    permission: 'notice.read',
    tag,
    summary: 'List the versions of a notice',
    description: 'Every version, the newest first, with how many contacts hold it and how many letters of it left.',
    params: actionParams,
    answer: z.object({
      versions: z.array(
        z.object({
          id,
          version: z.number().int(),
          number: z.string(),
          kind: z.enum(['new', 'update']),
          state: z.string(),
          since: instant,
          releasedAt: instant.nullable(),
          contentHash: z.string(),
          seal: z.string().nullable(),
          previousId: id.nullable(),
          previous: z.number().int().nullable().describe('Version it updates.'),
          holders: z.number().int().describe('Contacts in whose hands it is the newest.'),
          letters: z.number().int().describe('Letters of it that left.'),
          asked: z.number().int().describe('Parties asked anew for their receipt.'),
          received: z.number().int().describe('Of these, who has given it.'),
        }),
      ),
    }),
    example: { params: { reference: 'FSN2022-1230' } },
    async run(ctx, { params: path }) {
      const found = await actionOf(ctx, path);
      if (isRefusal(found)) return found;
      return { versions: (await loadVersions(ctx.db, found.actionId)).map(camelRow) };
    },
  }),
  listOperation({
    list: holdingList,
    path: '/actions/:reference/holdings',
    params: actionParams,
    permission: 'delivery.read',
    tag,
    summary: 'List who holds which version',
    description: 'Every contact that must be told, with the newest version whose letter left for it.',
    row: z.object({
      id,
      partyId: id,
      party: z.string(),
      contact: z.string(),
      country: z.string(),
      audience,
      languages: z.array(z.string()),
      holds: z.number().int().nullable(),
      sent: z.number().int().nullable().describe('Newest version written to it.'),
      state: z.string().nullable(),
      since: instant.nullable(),
    }),
    scope: actionOf,
    example: { params: { reference: 'FSN2022-1230' }, query: { holds: '1' } },
  }),
  operation({
    method: 'GET',
    path: '/notices/:id/seal',
    permission: 'notice.read',
    tag,
    summary: 'Verify a released notice',
    description: 'Computes its seal anew from what the database holds, and the hash of each text that was kept.',
    params,
    answer: z.object({
      id,
      seal: z.enum(['intact', 'broken', 'none']),
      kept: z.string().nullable(),
      computed: z.string(),
      contentIntact: z.boolean(),
      prints: z.array(z.object({ audience, language: z.string(), sha256: z.string(), intact: z.boolean() })),
    }),
    example,
    run: (ctx, { params: path }) => verifyNotice(ctx.db, path.id),
  }),
  operation({
    method: 'GET',
    path: '/notices/:id/prints/:audience/:language',
    permission: 'notice.read',
    tag,
    summary: 'Read a released text',
    description: 'The words of one variant in one language, byte for byte as they were kept at the release.',
    params: params.extend({ audience, language: z.string().max(20) }),
    answer: z.object({ audience, language: z.string(), html: z.string(), sha256: z.string() }),
    example: { params: { id: '1', audience: 'dx-recall', language: 'de' } },
    async run(ctx, { params: path }) {
      const print = await loadPrint(ctx.db, path.id, path.audience, path.language);
      return (
        print ?? refuse('notice.not-in-language', { audience: path.audience, language: path.language }, 'language')
      );
    },
  }),
  operation({
    method: 'GET',
    path: '/notices/:id/compare',
    permission: 'notice.read',
    tag,
    summary: 'Compare two versions',
    description: 'Word by word, section by section, in every language; also what each is made of, and the facts.',
    params,
    query: z.strictObject({
      with: z.coerce.number().int().positive().optional().describe('Another version; left out, the one it updates.'),
      language: z.string().max(20).optional().describe('Only this language.'),
    }),
    answer: z.object({
      before: id.describe('The earlier version.'),
      after: id.describe('The later version.'),
      texts: z
        .array(
          z.object({
            language: z.string(),
            name: z.string(),
            change: z.enum(['same', 'changed', 'added', 'removed']),
            parts: z.array(part),
          }),
        )
        .describe('Texts that differ.'),
      structure: z.array(z.object({ what: z.string(), before: z.string(), after: z.string() })),
      facts: z.array(z.object({ name: z.string(), about: z.string(), before: z.string(), after: z.string() })),
    }),
    example: { params: { id: '2' }, query: { with: '1' } },
    async run(ctx, { params: path, query }) {
      const compared = await compareVersions(ctx.db, path.id, query.with);
      if (isRefusal(compared)) return compared;
      const { texts, structure, facts } = compared.diff;
      const wanted = (language: string): boolean => query.language === undefined || query.language === language;
      return {
        before: compared.before.id,
        after: compared.after.id,
        texts: texts.filter((text) => text.change !== 'same' && wanted(text.language)),
        structure,
        facts,
      };
    },
  }),
  operation({
    method: 'GET',
    path: '/notices/:id/checks',
    permission: 'notice.read',
    tag,
    summary: 'Run the checks',
    description:
      'What every rule finds on a version now: where, how to mend it, and whether it blocks the release or needs a reason. With it, how many the version would go to.',
    params,
    answer: z.object({
      findings: z.array(
        z.object({
          rule: z.string(),
          citation: z.string(),
          severity: z.enum(['blocking', 'reason']),
          where: z.string(),
          text: z.string(),
        }),
      ),
      reaches: counted,
    }),
    example,
    async run(ctx, { params: path }) {
      const row = await ctx.db
        .selectFrom('notice')
        .select(['action_id', 'document'])
        .where('id', '=', path.id)
        .executeTakeFirst();
      if (!row) return refuse('notice.unknown', { id: path.id });
      const { reach } = noticeDocumentSchema.parse(row.document).update ?? plainUpdate;
      const findings = await checkNotice(ctx.db, path.id, ctx.settings.publicUrl);
      return {
        findings: findings.map(({ rule, citation, severity, where, text }) => ({
          rule,
          citation,
          severity,
          where,
          text,
        })),
        reaches: await countReach(ctx.db, row.action_id, path.id, reach),
      };
    },
  }),
  operation({
    method: 'GET',
    path: '/notices/:id/preview',
    permission: 'notice.read',
    tag,
    summary: 'Preview a notice',
    description:
      'One variant in one language as a web page, a mail or its text, for nobody or as one contact would get it. Sends nothing.',
    params,
    query: previewNoticeInput,
    answer: z.object({
      medium: z.enum(['page', 'mail', 'text']),
      subject: z.string(),
      content: z.string(),
      missing: z.array(z.string()).describe('Facts without a value.'),
      unwritten: z.array(z.string()).describe('Names of the texts this language does not have yet.'),
    }),
    example: { ...example, query: { audience: 'dx-recall', language: 'de', medium: 'text' } },
    run: (ctx, { params: path, query }) => previewNotice(ctx, path.id, query),
  }),
];

/** Versions of notices: updates, seals, differences, checks, previews. */
export const noticeVersionOperations: readonly Operation[] = [...writing, ...reading];
