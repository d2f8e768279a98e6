/** The way into the portal: from the token in an address to the reader's page, or to one polite refusal. */
import { getCookie, setCookie } from 'hono/cookie';
import { asActor, type Context } from '../../app/context.ts';
import { linkHash, normaliseToken } from '../../app/links.ts';
import { loadPortal, type PortalData, type PortalWishes } from '../../app/queries/portal.ts';
import { clientAddress } from '../client-address.ts';
import type { C, Handler } from '../context.ts';
import { availableLanguages, chooseLanguage, type Translate, translator } from '../translate.ts';
import { takeFlash } from '../ui/flash.ts';
import { html } from '../ui/page.tsx';
import { PortalPage, type PortalShell } from '../ui/portal-layout.tsx';
import { claimMiss, missesLeft } from './misses.ts';
import { keepTexts, keptTexts, type PortalFacts, type PortalTexts, portalFacts } from './texts.ts';

/** What a page of the portal is made from. */
export interface Portal {
  c: C;
  /** The use cases' context: the actor is the contact who holds the link. */
  ctx: Context;
  data: PortalData;
  texts: PortalTexts;
  facts: PortalFacts;
  t: Translate;
  /** `/p/<token>`: every address of this reader starts with it. */
  base: string;
  shell: PortalShell;
}

const languageCookie = 'ff_lang';

/** The token of previews and test letters, as links.ts writes it and normaliseToken reads it. */
const PREVIEW = normaliseToken('preview');

/**
 * Makes a route's handler of a portal page. The link is looked up by the hash of its token, with everything the page
 * needs, in one round trip. Unknown, expired and revoked links get the same page with another status; only their
 * holder can tell them apart. A reader who guesses is slowed down.
 */
export function portalPage(wishes: PortalWishes, page: (portal: Portal) => Response | Promise<Response>): Handler {
  return async (c) => {
    const ctx = c.get('ctx');
    const token = normaliseToken((c.req.param('token') ?? '').slice(0, 100));
    const address = clientAddress(c);
    if (!missesLeft(address, ctx.now())) return refuseLink(c, 429);
    // A malformed token is looked up all the same, so that it takes as long as a well-formed one.
    const version = wishes.versions ? /^\d{1,6}$/.exec(c.req.query('version') ?? '')?.[0] : undefined;
    const data = await loadPortal(ctx.db, linkHash(token), ctx.now(), {
      ...wishes,
      ...(version === undefined ? {} : { version: Number(version) }),
      kept: keptTexts(),
    });
    if (!data) {
      if (token === PREVIEW) return showPreview(c);
      claimMiss(address, ctx.now());
      return refuseLink(c, 404);
    }
    if (data.link.revokedAt !== null || data.link.expiresAt <= ctx.now()) return refuseLink(c, 410, data);
    const language = readLanguage(c, data);
    const t = translator(language);
    const base = `/p/${token}`;
    const texts = keepTexts(data);
    const facts = portalFacts(texts, t.language);
    return page({
      c,
      ctx: asActor(ctx, {
        kind: 'contact',
        contactId: data.contact.id,
        partyId: data.party.id,
        linkId: data.link.id,
        name: data.contact.name,
      }),
      data,
      texts,
      facts,
      t,
      base,
      shell: {
        t,
        manufacturer: facts.manufacturer,
        reference: data.action.reference,
        url: c.req.path + new URL(c.req.url).search,
        flashes: takeFlash(c),
        helpline: { phone: facts.phone, email: facts.email, hours: facts.hours },
        incidentHref: `${base}/incident`,
        zone: zoneOf(data),
      },
    });
  };
}

/** The zone hours are written in: the one the party's dates were computed in. */
export function zoneOf(data: Pick<PortalData, 'deadlines'>): string {
  return data.deadlines.find((deadline) => deadline.zone !== 'UTC')?.zone ?? 'UTC';
}

/**
 * The language asked for by `?lang=`, else chosen before, else the contact's own, else the browser's. A choice is kept
 * in a cookie that says nothing but the language.
 */
function readLanguage(c: C, data: Pick<PortalData, 'contact'> | undefined): string {
  const asked = c.req.query('lang');
  const language = chooseLanguage({
    asked: asked ?? getCookie(c, languageCookie),
    known: data?.contact.languages ?? [],
    accept: c.req.header('accept-language'),
  });
  if (asked && availableLanguages().includes(language)) {
    setCookie(c, languageCookie, language, { path: '/p', httpOnly: true, sameSite: 'Lax' });
  }
  return language;
}

/** One page for every link that does not work, with a way to reach the manufacturer. */
export function refuseLink(c: C, status: 404 | 410 | 429, data?: PortalData): Response {
  const t = translator(readLanguage(c, data));
  const facts = data ? portalFacts(keepTexts(data), t.language) : undefined;
  const email = facts?.email ?? c.get('ctx').settings.mailFrom;
  if (status === 429) c.header('retry-after', '60');
  return html(
    c,
    <PortalPage
      shell={{
        t,
        manufacturer: facts?.manufacturer || t('portal.link.manufacturer'),
        url: c.req.path,
        helpline: { phone: facts?.phone, email: /<([^<>]+)>/.exec(email)?.[1] ?? email },
      }}
      title={t('portal.link.title')}
      lede={t(status === 429 ? 'portal.link.slow' : 'portal.link.lede')}
    >
      <h2>{t('portal.link.what-next')}</h2>
      <ul>
        <li>{t('portal.link.whole')}</li>
        <li>{t('portal.link.newest')}</li>
        <li>{t('portal.link.reach')}</li>
      </ul>
    </PortalPage>,
    status,
  );
}

/** What the link of a preview or a test letter opens: nothing of anybody's. */
function showPreview(c: C): Response {
  const t = translator(readLanguage(c, undefined));
  return html(
    c,
    <PortalPage
      shell={{ t, manufacturer: t('portal.link.manufacturer'), url: c.req.path }}
      title={t('portal.link.preview')}
      lede={t('portal.link.preview-lede')}
    >
      {null}
    </PortalPage>,
  );
}
