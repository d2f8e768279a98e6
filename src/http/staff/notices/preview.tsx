import type { VNode } from 'preact';
import { sendTestLetter } from '../../../app/letter-tests.ts';
import { previewNotice } from '../../../app/notice-preview.ts';
import { findRecipients, loadRecipient, type PreviewRecipient } from '../../../app/queries/preview-recipients.ts';
import { noticeDocumentSchema } from '../../../domain/notice.ts';
import { isRefusal, refuse } from '../../../domain/refusal.ts';
import { type C, fieldText, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalError } from '../../refusal.tsx';
import { letterPolicy } from '../../security.ts';
import { LinkButton } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { EmptyState } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { shellOf } from '../shell.ts';
import { noticeCrumbs, withNotice } from './find.ts';
import { PaneView } from './preview-pane.tsx';
import { isMedium, MOST_PANES, type Pane, panesHref, readPane } from './preview-panes.ts';

/**
 * GET /notices/:id/preview?pane=variant.language.medium.contact… : any recipient, variant, language and medium, up to
 * four side by side. Changing one pane is a GET of its own (`change`, with the fields of that pane).
 */
export async function showPreview(c: C): Promise<Response> {
  return withNotice(c, async (notice, action) => {
    const { db } = c.get('ctx');
    const document = noticeDocumentSchema.parse(notice.document);
    const query = c.req.query();
    const asked = (c.req.queries('pane') ?? []).slice(0, MOST_PANES);
    const panes = (asked.length > 0 ? asked : ['']).flatMap((text) => readPane(document, text) ?? []);
    const changed = Number(query.change ?? Number.NaN);
    let found: PreviewRecipient[] | undefined;
    const pane = panes[changed];
    if (pane) {
      const who = (query.who ?? '').trim();
      const medium = isMedium(query.medium) ? query.medium : pane.medium;
      const { contactId: _old, ...rest } = pane;
      const next: Pane =
        readPane(document, `${query.variant ?? rest.variant}.${query.language ?? rest.language}.${medium}`) ?? rest;
      found = who === '' ? undefined : await findRecipients(db, action.id, who);
      const [only, second] = found ?? [];
      if (only && !second) next.contactId = only.id;
      panes[changed] = next;
      // A choice that is clear has an address of its own, to be kept or sent on.
      if (!found || (only && !second)) return seeOther(c, panesHref(notice.id, panes));
    }
    const first = panes[0];
    return html(
      c,
      <DeskPage
        shell={await shellOf(c)}
        styles={['notice.css', 'notice-desk.css']}
        title={`Preview of ${notice.number}, version ${notice.version}`}
        crumbs={noticeCrumbs(action)}
        state={<StateBadge kind="notice" state={notice.state} />}
        actions={
          <>
            <LinkButton href={`/notices/${notice.id}/sheet`} tone="quiet">
              All languages
            </LinkButton>
            {first && panes.length < MOST_PANES ? (
              <LinkButton href={panesHref(notice.id, [...panes, panes.at(-1) ?? first])} tone="secondary" icon="plus">
                One more beside it
              </LinkButton>
            ) : null}
          </>
        }
      >
        {panes.length === 0 ? (
          <EmptyState title="Nothing to show yet">Nothing is written in any variant. Write its texts first.</EmptyState>
        ) : null}
        <div class={`ff-panes ff-panes-${panes.length}`}>
          {
            await Promise.all(
              panes.map(async (one, index): Promise<VNode> => {
                const recipient =
                  one.contactId === undefined ? undefined : await loadRecipient(db, action.id, one.contactId);
                const shown =
                  one.medium === 'letter' || one.medium === 'form'
                    ? undefined
                    : await previewNotice(c.get('ctx'), notice.id, {
                        audience: one.variant,
                        language: one.language,
                        medium: one.medium,
                        ...(recipient ? { contactId: recipient.id } : {}),
                      });
                return (
                  <PaneView
                    key={index}
                    noticeId={notice.id}
                    document={document}
                    panes={panes}
                    index={index}
                    recipient={recipient}
                    shown={shown}
                    search={index === changed ? { text: query.who ?? '', found: found ?? [] } : undefined}
                  />
                );
              }),
            )
          }
        </div>
      </DeskPage>,
    );
  });
}

/** GET /notices/:id/preview/mail?audience=&language=&contactId= : the HTML of the mail, for a frame that may do nothing. */
export async function showPreviewMail(c: C): Promise<Response> {
  return withNotice(c, async (notice, action) => {
    const { audience = '', language = '', contactId = '' } = c.req.query();
    // What is asked for and is not there becomes the first that is, as in the panes.
    const pane = readPane(noticeDocumentSchema.parse(notice.document), `${audience}.${language}.mail.${contactId}`);
    const shown = pane
      ? await previewNotice(c.get('ctx'), notice.id, {
          audience: pane.variant,
          language: pane.language,
          medium: 'mail',
          ...(pane.contactId === undefined ? {} : { contactId: pane.contactId }),
        })
      : refuse('delivery.no-languages', {});
    if (isRefusal(shown)) return answerRefusal(c, shown, `/actions/${action.id}/notice`);
    return new Response(shown.content, {
      headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': letterPolicy },
    });
  });
}

/** POST /notices/:id/test */
export async function postTest(c: C): Promise<Response> {
  return withNotice(c, async (notice, action) => {
    const body = await readForm(c);
    const result = await sendTestLetter(c.get('ctx'), notice.id, { address: fieldText(body, 'testAddress').trim() });
    setFlash(
      c,
      isRefusal(result)
        ? { tone: 'attention', text: refusalError(result).message }
        : { tone: 'done', text: 'The test is on its way.' },
    );
    return seeOther(c, `/actions/${action.id}/notice`);
  });
}
