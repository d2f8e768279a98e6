import type { VNode } from 'preact';
import type { PreviewedNotice } from '../../../app/notice-preview.ts';
import { MOST_RECIPIENTS, type PreviewRecipient } from '../../../app/queries/preview-recipients.ts';
import { audiences, missingTexts, type NoticeDocument, startedLanguages } from '../../../domain/notice.ts';
import { directionOf } from '../../../domain/notice-render.ts';
import { titleOf } from '../../../domain/notice-variants.ts';
import { isRefusal, type Refusal } from '../../../domain/refusal.ts';
import { refusalText } from '../../refusal.tsx';
import { countryName, languageName } from '../../translate.ts';
import { Form, HiddenInput, LinkButton, Select, SubmitButton, TextInput } from '../../ui/field.tsx';
import { freshForm } from '../../ui/form.ts';
import { Icon } from '../../ui/icons.tsx';
import { Alert } from '../../ui/parts.tsx';
import { audienceWords } from '../actions/parties.tsx';
import { media, type Pane, panesHref, writePane } from './preview-panes.ts';

type Props = {
  noticeId: number;
  document: NoticeDocument;
  panes: readonly Pane[];
  index: number;
  recipient: PreviewRecipient | undefined;
  /** Undefined for a letter or a form on paper, which is a file of its own. */
  shown: PreviewedNotice | Refusal | undefined;
  /** A search for a recipient that found nobody, or several. */
  search: { text: string; found: readonly PreviewRecipient[] } | undefined;
};

/** One view of the notice with what chooses it. */
export function PaneView(props: Props): VNode {
  const { noticeId, panes, index, recipient, shown } = props;
  const pane = panes[index] as Pane;
  const name = `${media[pane.medium]}, ${audienceWords[pane.variant]}, ${languageName(pane.language, 'en')}`;
  return (
    <section class="ff-pane" aria-label={name}>
      <Choice {...props} pane={pane} />
      <h2 class="ff-pane-title">
        {name}
        {recipient ? ` for ${recipient.name}, ${recipient.party}` : ''}
      </h2>
      <Steps noticeId={noticeId} document={props.document} panes={panes} index={index} pane={pane} />
      <Unwritten noticeId={noticeId} document={props.document} pane={pane} />
      {shown && !isRefusal(shown) && shown.missing.length > 0 ? (
        <Alert tone="attention" title="These facts have no value yet">
          {shown.missing.join(', ')}
        </Alert>
      ) : null}
      <Shown noticeId={noticeId} pane={pane} shown={shown} name={name} />
    </section>
  );
}

/** What a draft has not yet: its sections are left out of the view. */
function Unwritten({ noticeId, document, pane }: Pick<Props, 'noticeId' | 'document'> & { pane: Pane }): VNode | null {
  const names = missingTexts(document, pane.variant, pane.language);
  if (names.length === 0) return null;
  return (
    <Alert tone="attention" title={names.length === 1 ? 'A text is missing' : `${names.length} texts are missing`}>
      {names.slice(0, NAMES_SHOWN).map(titleOf).join(', ')}
      {names.length > NAMES_SHOWN ? ' …' : ''}.{' '}
      <a href={`/notices/${noticeId}/edit?language=${pane.language}#text-${names[0]}`}>Write it</a>
    </Alert>
  );
}
const NAMES_SHOWN = 6;

function Choice({ noticeId, document, panes, index, recipient, search, pane }: Props & { pane: Pane }): VNode {
  const form = freshForm({
    variant: pane.variant,
    language: pane.language,
    medium: pane.medium,
    who: search?.text ?? recipient?.name ?? '',
  });
  const others = panes.filter((_, at) => at !== index);
  return (
    <div class="ff-pane-choice ff-no-print">
      <Form action={`/notices/${noticeId}/preview`} method="get" label={`View ${index + 1}`}>
        {panes.map((one, at) => (
          <HiddenInput key={at} name="pane" value={writePane(one)} />
        ))}
        <HiddenInput name="change" value={index} />
        <Select
          form={form}
          name="variant"
          label="Audience"
          options={audiences
            .filter((audience) => startedLanguages(document, audience).length > 0)
            .map((value) => ({ value, label: audienceWords[value] ?? value }))}
        />
        <Select
          form={form}
          name="language"
          label="Language"
          options={startedLanguages(document, pane.variant).map((value) => ({
            value,
            label: languageName(value, 'en'),
          }))}
        />
        <Select
          form={form}
          name="medium"
          label="As"
          options={Object.entries(media).map(([value, label]) => ({ value, label }))}
        />
        <TextInput form={form} name="who" label="Recipient" type="search" placeholder="name, e-mail or organisation" />
        <SubmitButton tone="secondary">Show</SubmitButton>
        {others.length > 0 ? (
          <LinkButton href={panesHref(noticeId, others)} tone="quiet">
            Close this view
          </LinkButton>
        ) : null}
      </Form>
      {search ? <Found noticeId={noticeId} panes={panes} index={index} pane={pane} search={search} /> : null}
    </div>
  );
}

type FoundProps = {
  noticeId: number;
  panes: readonly Pane[];
  index: number;
  pane: Pane;
  search: NonNullable<Props['search']>;
};

/** Recipients to choose from: each a link to the view as that one gets it. */
function Found({ noticeId, panes, index, pane, search }: FoundProps): VNode {
  if (search.found.length === 0) {
    return <Alert tone="attention" title={`No recipient of this action matches “${search.text}”.`} />;
  }
  const more = search.found.length > MOST_RECIPIENTS;
  return (
    <Alert tone="note" title="Which one?">
      <ul class="ff-plain-list">
        {search.found.slice(0, MOST_RECIPIENTS).map((one) => (
          <li key={one.id}>
            <a
              href={panesHref(
                noticeId,
                panes.toSpliced(index, 1, { ...pane, variant: one.audience, contactId: one.id }),
              )}
            >
              {one.name}, {one.party}
            </a>{' '}
            <span class="ff-hint">
              {countryName(one.country, 'en')}, {one.languages.join(', ')}
            </span>
          </li>
        ))}
      </ul>
      {more ? <p>There are more: type more of the name.</p> : null}
    </Alert>
  );
}

type StepsProps = { noticeId: number; document: NoticeDocument; panes: readonly Pane[]; index: number; pane: Pane };

/** To the language before and after, for walking through them all. */
function Steps({ noticeId, document, panes, index, pane }: StepsProps): VNode | null {
  const languages = startedLanguages(document, pane.variant);
  const at = languages.indexOf(pane.language);
  const to = (language: string | undefined, rel: 'prev' | 'next'): VNode | null =>
    language === undefined ? null : (
      <a href={panesHref(noticeId, panes.toSpliced(index, 1, { ...pane, language }))} rel={rel}>
        {rel === 'prev' ? <Icon name="arrow-left" /> : null} {languageName(language, 'en')}{' '}
        {rel === 'next' ? <Icon name="arrow-right" /> : null}
      </a>
    );
  if (languages.length < 2) return null;
  return (
    <p class="ff-pane-steps ff-no-print">
      {to(languages[at - 1], 'prev')} {to(languages[at + 1], 'next')}
    </p>
  );
}

type ShownProps = { noticeId: number; pane: Pane; shown: Props['shown']; name: string };

function Shown({ noticeId, pane, shown, name }: ShownProps): VNode {
  const query = new URLSearchParams({
    audience: pane.variant,
    language: pane.language,
    ...(pane.contactId === undefined ? {} : { contactId: String(pane.contactId) }),
  });
  if (shown === undefined) {
    const paper = pane.medium === 'form' ? 'form' : 'letter';
    const href = `/notices/${noticeId}/${paper}.pdf?${query}`;
    return (
      <>
        <iframe class="ff-pane-frame" src={href} title={name} />
        <p class="ff-hint">
          <a href={href}>Open the {paper} as a PDF</a>
        </p>
      </>
    );
  }
  if (isRefusal(shown)) return <Alert tone="attention" title={refusalText(shown)} />;
  switch (shown.medium) {
    case 'page':
      // Printed by domain/notice-html.ts, which escapes every word: there is no HTML in a source.
      return <div class="ff-pane-page" dangerouslySetInnerHTML={{ __html: shown.content }} />;
    case 'mail':
      return (
        <>
          <p class="ff-pane-subject" lang={pane.language} dir={directionOf(pane.language)}>
            {shown.subject}
          </p>
          <iframe class="ff-pane-frame" src={`/notices/${noticeId}/preview/mail?${query}`} sandbox="" title={name} />
        </>
      );
    case 'text':
      return (
        <>
          <p class="ff-pane-subject" lang={pane.language} dir={directionOf(pane.language)}>
            {shown.subject}
          </p>
          <pre class="ff-letter-text" lang={pane.language} dir={directionOf(pane.language)}>
            {shown.content}
          </pre>
        </>
      );
  }
}
