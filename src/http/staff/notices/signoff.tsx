/** Who stands for a language: the form that signs, and what was signed before. */
import type { VNode } from 'preact';
import {
  listSignoffs,
  type Signoff,
  signLanguage,
  signLanguageInput,
  signoffMeanings,
  signoffSubject,
} from '../../../app/language-signoffs.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError, statusOf } from '../../refusal.tsx';
import { languageName } from '../../translate.ts';
import { Form, HiddenInput, RadioGroup, SubmitButton, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, refusedForm } from '../../ui/form.ts';
import { html } from '../../ui/page.tsx';
import { Card } from '../../ui/parts.tsx';
import { Badge } from '../../ui/state.tsx';
import { Moment } from '../../ui/time.tsx';
import { readCredential, SignatureFields, type SignerMeans } from '../account/signature-fields.tsx';
import { type LanguagePageData, languagePage, withLanguage } from './language.tsx';
import { count, languagePath, SignoffBadge } from './languages.tsx';

/** The sign-off of a language: who stands for it, or the form by which somebody does. */
export function SignoffCard({
  data,
  means,
  maySign,
  form,
}: {
  data: LanguagePageData;
  means: SignerMeans;
  maySign: boolean;
  form: FormState | undefined;
}): VNode {
  const { row, table, textsHash } = data;
  const name = languageName(row.language, 'en');
  return (
    <Card title="Sign-off" id="sign-off">
      <p>
        <SignoffBadge row={row} />
      </p>
      {row.signoff ? <SignoffWords signoff={row.signoff} noticeId={table.noticeId} /> : null}
      {row.signoff || !maySign ? null : row.written < row.total ? (
        <p>{`${count(row.total - row.written, 'text')} to be written. Sign when ${name} is complete.`}</p>
      ) : (
        <Form action={`${languagePath(table.noticeId, row.language)}/sign-off`}>
          <p>
            Read it beside the source first:{' '}
            <a href={`/notices/${table.noticeId}/beside?right=${row.language}`}>section by section</a>,{' '}
            <a href={`/notices/${table.noticeId}/preview?language=${row.language}`}>as it is printed</a>.
          </p>
          <HiddenInput name="textsHash" value={textsHash} />
          <TextInput
            form={form}
            name="reviewerName"
            label="Who read it"
            hint="You, or somebody whose written statement you hold."
            value={means.name}
            maxLength={120}
            required
          />
          <TextInput form={form} name="reviewerTitle" label="Title or function" maxLength={120} required />
          <RadioGroup
            form={form}
            name="nativeReader"
            label={`Does the reader read ${name} as their own language?`}
            options={[
              { value: 'yes', label: 'Yes' },
              { value: 'no', label: 'No', hint: 'The language stays marked as not yet reviewed by a native reader.' },
            ]}
            inline
            required
          />
          <SignatureFields
            form={form}
            means={means}
            meaning={signoffMeanings.own}
            subjectKind={signoffSubject(row.language)}
            subjectId={table.noticeId}
            contentHash={textsHash}
          />
          <p class="ff-hint">If somebody else read it, you sign: “{signoffMeanings.other}”</p>
          <SubmitButton tone="primary">Sign {name} off</SubmitButton>
        </Form>
      )}
    </Card>
  );
}

function SignoffWords({ signoff, noticeId }: { signoff: Signoff; noticeId: number }): VNode {
  return (
    <>
      <p>
        <strong>
          <bdi>{signoff.reviewer}</bdi>
        </strong>
        , <bdi>{signoff.title}</bdi>, {signoff.nativeReader ? 'native reader' : 'not yet reviewed by a native reader'}
      </p>
      <p>
        “{signoff.meaning}”
        <br />
        Signed by <bdi>{signoff.signedBy}</bdi>, <Moment at={signoff.signedAt} />
        {signoff.noticeId === noticeId ? null : ', on an earlier version with the same words'}
      </p>
    </>
  );
}

/** Sign-offs of this language that no longer stand, with why they fell. */
export function SignoffHistory({
  data,
  signoffs,
}: {
  data: LanguagePageData;
  signoffs: readonly Signoff[];
}): VNode | null {
  const fallen = signoffs.filter(
    (one) =>
      one.language === data.row.language && one.id !== data.row.signoff?.id && one.noticeId === data.table.noticeId,
  );
  if (fallen.length === 0) return null;
  return (
    <Card title="Earlier sign-offs">
      <ul class="ff-plain-list">
        {fallen.map((one) => (
          <li key={one.id}>
            <bdi>{one.reviewer}</bdi>, <bdi>{one.title}</bdi>, <Moment at={one.signedAt} />
            <br />
            <Badge tone="grey">Void</Badge> {one.voidedReason || 'the words are others now'}
            {one.voidedAt ? (
              <>
                , <Moment at={one.voidedAt} />
              </>
            ) : null}
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** Reads what {@link SignoffHistory} shows. */
export function loadSignoffHistory(c: C, data: LanguagePageData): Promise<Signoff[]> {
  return listSignoffs(c.get('ctx').db, data.table.actionId);
}

/** POST /notices/:id/languages/:language/sign-off */
export async function postSignoff(c: C): Promise<Response> {
  return withLanguage(c, async (data) => {
    const body = await readForm(c);
    const native = fieldText(body, 'nativeReader');
    const input = signLanguageInput.safeParse({
      language: data.row.language,
      textsHash: fieldText(body, 'textsHash'),
      reviewerName: fieldText(body, 'reviewerName'),
      reviewerTitle: fieldText(body, 'reviewerTitle'),
      nativeReader: native === 'yes' ? true : native === 'no' ? false : undefined,
      credential: readCredential(body),
    });
    const again = async (form: FormState, status: 403 | 404 | 409 | 422 | 429) =>
      html(c, await languagePage(c, data, { form, of: 'sign-off' }), status);
    if (!input.success) {
      const errors = errorsFromZod(input.error).map((error) =>
        error.field === 'nativeReader' ? { ...error, message: 'Say whether the reader is a native reader.' } : error,
      );
      return again(refusedForm(body, errors), 422);
    }
    const result = await signLanguage(c.get('ctx'), data.table.noticeId, input.data);
    if (isRefusal(result)) return again(refusedForm(body, [refusalError(result)]), statusOf(result) as 422);
    setFlash(c, { tone: 'done', text: `${languageName(data.row.language, 'en')} is signed off.` });
    return seeOther(c, `${languagePath(data.table.noticeId, data.row.language)}#sign-off`);
  });
}
