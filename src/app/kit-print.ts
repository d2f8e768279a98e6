/** What goes into the printer for kits: a slip for each parcel, labels with addresses. */
import { z } from 'zod';
import { postalAddress } from '../domain/delivery.ts';
import { nameWithVersion } from '../domain/kit-text.ts';
import { addressLines, type Line, lineOf, paperOf, wordsOf } from '../domain/letter.ts';
import { formatNoticeDate } from '../domain/notice-facts.ts';
import { forbid } from '../domain/permission.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { fontsFor } from '../domain/script-fonts.ts';
import type { Context } from './context.ts';
import { linkUrl } from './links.ts';
import { loadNoticeFacts } from './notice-facts.ts';
import type { PaperFile } from './paper-letters.ts';
import { type KitPage, loadKit } from './queries/kits.ts';
import { readRootFingerprint } from './trust-kit.ts';

export const printKitsInput = z.object({
  kitIds: z.array(z.coerce.number().int().positive()).min(1, 'Choose at least one kit.').max(200),
  what: z.enum(['slips', 'labels']),
  /** Labels of the first sheet that are used already. */
  skip: z.coerce.number().int().min(0).max(29).default(0),
});

/**
 * One file for the printer, in the order of the numbers given: packing slips, each in its recipient's language with the
 * address where a window shows it, or a sheet of address labels. Kits without a full address have no label; refused when
 * none has one. Changes nothing.
 */
export async function printKits(ctx: Context, input: z.infer<typeof printKitsInput>): Promise<PaperFile | Refusal> {
  const no = forbid(ctx.actor, 'kit.work');
  if (no) return no;
  const kits: KitPage[] = [];
  for (const id of new Set(input.kitIds)) {
    const kit = await loadKit(ctx.db, id, ctx.now());
    if (!kit) return refuse('kit.unknown', { id });
    kits.push(kit);
  }
  return input.what === 'labels' ? printLabels(ctx, kits, input.skip) : printSlips(ctx, kits);
}

const dateOf = (ctx: Context): number[] => ctx.now().toISOString().slice(0, 10).split('-').map(Number);

function addressOf({ ship_to: to }: KitPage): Line[] | undefined {
  const { name = '', attention = '', street = '', postcode = '', city = '', region = '', country = '' } = to;
  const address = postalAddress({ name, attention, street, postcode, city, region, country });
  return address === undefined ? undefined : addressLines(address).map(lineOf);
}

async function printLabels(ctx: Context, kits: readonly KitPage[], skip: number): Promise<PaperFile | Refusal> {
  const all = kits.flatMap((kit) => {
    const address = addressOf(kit);
    return address ? [{ paper: paperOf(kit.ship_to.country ?? ''), address }] : [];
  });
  if (all.length === 0) return refuse('kit.no-address');
  const boxes = await ctx.typesetter.undrawable(wordsOf(all));
  if (boxes.length > 0) return refuse('letter.no-glyph', { characters: boxes.join(' ') });
  const american = all.filter((one) => one.paper === 'us-letter').length * 2 > all.length;
  const { pdf } = await ctx.typesetter.typeset({
    template: 'labels.typ',
    data: {
      title: 'labels',
      date: dateOf(ctx),
      fonts: fontsFor('en'),
      paper: american ? 'us-letter' : 'a4',
      skip: Math.min(skip, american ? 29 : 23),
      labels: all.map((one) => one.address),
    },
    urgent: true,
  });
  return { pdf, name: 'kit-labels.pdf' };
}

async function printSlips(ctx: Context, kits: readonly KitPage[]): Promise<PaperFile | Refusal> {
  const slips: Awaited<ReturnType<typeof slipOf>>[] = [];
  for (const kit of kits) slips.push(await slipOf(ctx, kit));
  const boxes = await ctx.typesetter.undrawable(wordsOf(slips));
  if (boxes.length > 0) return refuse('letter.no-glyph', { characters: boxes.join(' ') });
  const { pdf } = await ctx.typesetter.typeset({
    template: 'kit-slip.typ',
    data: { title: 'packing slips', date: dateOf(ctx), fonts: fontsFor('en'), slips },
    urgent: true,
  });
  return { pdf, name: kits.length === 1 ? `kit-${kits[0]?.id}-slip.pdf` : 'kit-slips.pdf' };
}

/** The slip of one kit. Without a full address it says whose it is, and is carried by hand. */
async function slipOf(ctx: Context, kit: KitPage) {
  const say = ctx.say(kit.language);
  const { language, direction } = say;
  const { values } = await loadNoticeFacts(ctx.db, kit.action_id);
  const fingerprint = kit.prepared_at === null ? undefined : await readRootFingerprint(ctx.db);
  const fact = (name: string): string => (typeof values[name] === 'string' ? values[name] : '');
  const [lang = 'en', ...rest] = language.split('-');
  const sender = [fact('manufacturer.name'), fact('manufacturer.address')].filter((part) => part !== '').join(', ');
  const day = ctx.now().toISOString().slice(0, 10);
  return {
    lang,
    region: rest.includes('Hant')
      ? 'TW'
      : rest.includes('Hans')
        ? 'CN'
        : (rest.find((one) => one.length === 2) ?? null),
    direction,
    fonts: fontsFor(language),
    paper: paperOf(kit.ship_to.country ?? ''),
    sender,
    address: addressOf(kit) ?? [lineOf(kit.party)],
    facts: [
      kit.reference,
      say('letter.date', { date: formatNoticeDate(day, language) }),
      ...(kit.tracking === '' ? [] : [kit.tracking]),
    ],
    title: `${say('letter.kit.slip')}: ${say('letter.kit.title', { kit: kit.id })}`,
    what: nameWithVersion(kit.remedy, kit.version ?? ''),
    columns: [...['product', 'serial'].map((one) => say(`notice.personal.units.${one}`)), say('letter.kit.mode')],
    rows: kit.corrections.map((one) => [one.product, one.serial, one.environment].map(lineOf)),
    words: [
      ...(kit.good_until
        ? [say('letter.kit.what', { day: formatNoticeDate(kit.good_until.toISOString().slice(0, 10), language) })]
        : []),
      say('letter.kit.start'),
      say('letter.kit.return'),
      say('letter.kit.arrived'),
    ],
    // In pieces, as it is compared: it comes by another way than the stick.
    fingerprint:
      fingerprint === undefined
        ? null
        : { words: say('letter.kit.fingerprint'), pieces: fingerprint.match(/.{1,8}/g) ?? [] },
    link: kit.link_id === null ? ctx.settings.publicUrl : linkUrl(ctx.settings, kit.link_id, 'kit'),
    reach: say('mail.reach-us', { phone: fact('contact.phone') || '–', email: fact('contact.email') || '–' }),
  };
}
