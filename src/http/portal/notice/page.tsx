/** The notice in the reader's language, with the one answer that can be given at once: received and understood. */
import type { VNode } from 'preact';
import type { PortalData } from '../../../app/queries/portal.ts';
import { sendReply } from '../../../app/replies.ts';
import { answersHash } from '../../../app/reply-drafts.ts';
import { emptyAnswers } from '../../../domain/form.ts';
import { type Audience, noticeLanguages } from '../../../domain/notice.ts';
import { escapeHtml, toHtml } from '../../../domain/notice-html.ts';
import { renderNotice } from '../../../domain/notice-render.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { availableLanguages, chooseLanguage, namedLanguages, type Translate } from '../../translate.ts';
import { Checkbox, Form, LinkButton, SubmitButton, TextInput } from '../../ui/field.tsx';
import { formatDay } from '../../ui/figures.ts';
import { setFlash } from '../../ui/flash.ts';
import { type FormError, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { html } from '../../ui/page.tsx';
import { Alert } from '../../ui/parts.tsx';
import { PortalPage } from '../../ui/portal-layout.tsx';
import { DueDate, nextDue } from '../due-date.tsx';
import { portalForm } from '../form/model.ts';
import { type Portal, portalPage } from '../gate.tsx';
import type { PortalTexts } from '../texts.ts';
import { unitLabel } from '../unit-label.ts';

const wishes = { units: true, versions: true };

/** GET /p/:token/notice */
export const showNotice = portalPage(wishes, (portal) =>
  html(
    portal.c,
    <NoticePage
      portal={portal}
      form={freshForm({ name: portal.data.contact.name, title: portal.data.contact.title })}
    />,
  ),
);

/** POST /p/:token/receipt: receipt and understanding, now; the patch can follow. */
export const sendReceipt = portalPage({ units: true, answers: true, versions: true }, async (portal) => {
  const { c, ctx, t, base, data } = portal;
  const body = await readForm(c);
  const name = fieldText(body, 'name').trim().slice(0, 200);
  const errors: FormError[] = [];
  if (fieldText(body, 'received') !== 'yes')
    errors.push({ field: 'received', message: t('portal.receipt.error.received') });
  if (name === '') errors.push({ field: 'name', message: t('portal.receipt.error.name') });
  const form = portalForm(portal);
  if (errors.length > 0 || !form) return html(c, <NoticePage portal={portal} form={refusedForm(body, errors)} />, 422);
  const answers = emptyAnswers();
  answers.party = {
    received: 'yes',
    understood: 'yes',
    organisation: data.party.name,
    'signer-name': name,
    'signer-title': fieldText(body, 'title').trim().slice(0, 200),
    'signer-email': data.contact.email,
    'signed-on': form.today,
  };
  const meaning = { key: 'portal.receipt.meaning', text: receiptMeaning(portal) };
  const done = await sendReply(ctx, {
    answers,
    language: t.language,
    meaning,
    sendAnyhow: [],
    receiptOnly: true,
    onceKey: `receipt-${data.notice?.id ?? 0}-${answersHash(answers)}`,
  });
  if (isRefusal(done)) {
    return html(c, <NoticePage portal={portal} form={refusedForm(body, [refusalError(done, t.language)])} />, 422);
  }
  setFlash(c, { tone: 'done', text: t('portal.receipt.thanks') });
  return seeOther(c, base);
});

function receiptMeaning({ t, data }: Portal): string {
  return t('portal.receipt.meaning', { reference: data.action.reference, party: data.party.name });
}

/** Whom the party's variant speaks to; a variant that the notice does not have falls back to the first it has. */
function audienceOf(portal: Portal): Audience | undefined {
  const variants = portal.texts.notice?.document.variants ?? {};
  const own = portal.data.obligation?.audience;
  if (own && variants[own]) return own;
  return (Object.keys(variants) as Audience[])[0];
}

function NoticePage({ portal, form }: { portal: Portal; form: FormState }): VNode {
  const { t, shell, base, data, texts, c } = portal;
  const { notice } = texts;
  const audience = audienceOf(portal);
  if (!notice || !audience) {
    return (
      <PortalPage shell={shell} title={t('portal.notice.none')} back={{ href: base }}>
        <p>{t('portal.notice.none-why')}</p>
      </PortalPage>
    );
  }
  const languages = noticeLanguages(notice.document, audience);
  const language = chooseLanguage({
    asked: c.req.query('lang'),
    known: [t.language, ...data.contact.languages, ...languages],
    available: languages,
  });
  return (
    <PortalPage shell={shell} title={t('portal.notice.title')} back={{ href: base }} errors={form.errors}>
      <div class="ff-notice-tools">
        <p>
          {t('portal.notice.version', {
            number: data.notice?.number ?? '',
            version: data.notice?.version ?? 1,
          })}
        </p>
        <p>
          <a
            href={`${base}/letter.pdf?lang=${language}${isEarlier(data) ? `&version=${data.notice?.version}` : ''}`}
            hreflang={language}
            type="application/pdf"
          >
            {t('portal.notice.letter')}
          </a>
        </p>
        {/* The switch on top knows the portal's languages; a notice may have more. */}
        {languages.some((code) => !availableLanguages().includes(code)) ? (
          <nav aria-label={t('portal.notice.languages')}>
            <ul>
              {namedLanguages(languages).map(({ code, name }) => (
                <li key={code}>
                  <a
                    href={`${base}/notice?lang=${code}`}
                    lang={code}
                    hreflang={code}
                    aria-current={code === language ? 'true' : undefined}
                  >
                    {name}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
        ) : null}
      </div>
      <Versions portal={portal} />
      <DueDate data={data} t={t} />
      {/* The renderer escapes every text and fact; a notice cannot carry markup of its own. */}
      <div
        dangerouslySetInnerHTML={{ __html: noticeHtml(notice, audience, language, recipientFacts(portal, language)) }}
      />
      {isEarlier(data) ? null : <Receipt portal={portal} form={form} />}
    </PortalPage>
  );
}

/** Whether the version on the page is not the newest this contact holds. */
function isEarlier({ notice, versions }: PortalData): boolean {
  const newest = versions[0];
  return notice !== null && newest !== undefined && notice.version < newest.version;
}

/** The versions this contact was sent: which one this is, and the way to the others. */
function Versions({ portal }: { portal: Portal }): VNode | null {
  const { t, base, data } = portal;
  const [newest, ...earlier] = data.versions;
  if (newest === undefined || earlier.length === 0) return null;
  const day = (at: string): string => formatDay(at.slice(0, 10), t.language);
  if (isEarlier(data)) {
    return (
      <Alert tone="attention" title={t('portal.notice.is-earlier', { day: day(newest.releasedAt) })}>
        <p>
          <LinkButton href={`${base}/notice`}>{t('portal.notice.newest')}</LinkButton>
        </p>
      </Alert>
    );
  }
  return (
    <Alert tone="note" title={t('portal.notice.updated', { day: day(newest.releasedAt) })}>
      <ul>
        {earlier.map((one) => (
          <li key={one.version}>
            <a href={`${base}/notice?version=${one.version}`}>
              {t('portal.notice.earlier', { number: one.number, version: one.version, day: day(one.releasedAt) })}
            </a>
          </li>
        ))}
      </ul>
    </Alert>
  );
}

function Receipt({ portal, form }: { portal: Portal; form: FormState }): VNode {
  const { t, base, data } = portal;
  if (data.obligation?.receivedAt) {
    return (
      <Alert
        tone="done"
        title={t('portal.receipt.given', { day: formatDay(data.obligation.receivedAt.slice(0, 10), t.language) })}
      >
        <p>
          <LinkButton href={`${base}/form`} tone="primary">
            {t('portal.receipt.go-on')}
          </LinkButton>
        </p>
      </Alert>
    );
  }
  return (
    <section aria-labelledby="receipt" class="ff-no-print">
      <h2 id="receipt">{t('portal.receipt.title')}</h2>
      <p>{t('portal.receipt.lede')}</p>
      <Form action={`${base}/receipt`}>
        <Checkbox form={form} name="received" label={receiptMeaning(portal)} required />
        <TextInput
          form={form}
          name="name"
          label={t('portal.receipt.name')}
          maxLength={200}
          autocomplete="name"
          required
        />
        <TextInput
          form={form}
          name="title"
          label={t('portal.receipt.job')}
          maxLength={200}
          autocomplete="organization-title"
        />
        <SubmitButton icon="check">{t('portal.receipt.send')}</SubmitButton>
      </Form>
      <p>
        <a href={`${base}/form`}>{t('portal.receipt.whole')}</a>
      </p>
    </section>
  );
}

// ── The notice as HTML ──────────────────────────────────────────────────────────────────────────────────────────────

/** Facts of one reader. Everything else in a notice is the same for all who read that variant in that language. */
function recipientFacts(portal: Portal, language: string): Record<string, string> {
  const { data, base, ctx, t } = portal;
  const due = nextDue(data as Pick<PortalData, 'deadlines' | 'now'>)?.dueOn;
  const link = `${ctx.settings.publicUrl}${base}`;
  return {
    'recipient.name': data.contact.name,
    'recipient.party': data.party.name,
    'recipient.units': unitsText(data, t),
    'portal.link': link,
    'portal.contact-link': `${link}/contact`,
    ...(due ? { 'deadline.reply': formatDay(due, language) } : {}),
  };
}

const UNITS_IN_TEXT = 30;

function unitsText(data: PortalData, t: Translate): string {
  const shown = data.units.slice(0, UNITS_IN_TEXT).map((unit) => unitLabel(unit, t));
  const rest = data.units.length - shown.length;
  return rest > 0 ? `${shown.join('; ')}; ${t('portal.notice.more-units', { count: rest })}` : shown.join('; ');
}

const pages = new Map<string, string>();
const MAX_PAGES = 300;

/** Stands for a reader's fact in the kept page. A link must look like one to be printed as one. */
function standIn(name: string): string {
  return /link$/.test(name) ? `https://fact.invalid/${name}` : `\u{e000}${name}\u{e001}`;
}

/** The notice is rendered once per variant and language; then only the reader's own facts are put in. */
function noticeHtml(
  notice: NonNullable<PortalTexts['notice']>,
  audience: Audience,
  language: string,
  own: Record<string, string>,
): string {
  const names = Object.keys(own);
  const key = [notice.id, notice.hash, audience, language, ...names].join(' ');
  let page = pages.get(key);
  if (page === undefined) {
    const values = { ...notice.facts.values, ...Object.fromEntries(names.map((name) => [name, standIn(name)])) };
    page = toHtml(renderNotice(notice.document, audience, language, { values, groups: notice.facts.groups }), {
      level: 2,
    });
    pages.set(key, page);
    const oldest = pages.keys().next();
    if (pages.size > MAX_PAGES && !oldest.done) pages.delete(oldest.value);
  }
  return names.reduce((text, name) => text.replaceAll(standIn(name), escapeHtml(own[name] ?? '')), page);
}
