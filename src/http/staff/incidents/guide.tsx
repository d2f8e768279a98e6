/** Which steps a suspected break-in of an action is examined by. */
import type { VNode } from 'preact';
import {
  addExaminationStep,
  addStepInput,
  changeGuide,
  changeGuideInput,
  loadGuide,
  removeExaminationStep,
} from '../../../app/examination-guides.ts';
import { askSteps, type Guide, standardSteps } from '../../../domain/examination.ts';
import { noticeDocumentSchema } from '../../../domain/notice.ts';
import { allows } from '../../../domain/permission.ts';
import { isRefusal, refuse } from '../../../domain/refusal.ts';
import { type C, fieldList, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalError } from '../../refusal.tsx';
import { languageName, translator } from '../../translate.ts';
import { Checkbox, CheckboxGroup } from '../../ui/choice.tsx';
import { Form, SubmitButton, TextArea, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card } from '../../ui/parts.tsx';
import { shellOf } from '../shell.ts';

/** The action with its guide and the languages its own steps can be written in: those of its newest notice. */
async function loadGuidePage(c: C) {
  const { db } = c.get('ctx');
  const id = idParam(c, 'id') ?? 0;
  const action = await db.selectFrom('action').select(['id', 'reference']).where('id', '=', id).executeTakeFirst();
  if (!action) return undefined;
  const notice = await db
    .selectFrom('notice')
    .select('document')
    .where('action_id', '=', id)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  const texts = notice ? Object.keys(noticeDocumentSchema.parse(notice.document).texts) : [];
  return { action, guide: await loadGuide(db, id), languages: [...new Set(['en', ...texts])] };
}
type GuidePage = NonNullable<Awaited<ReturnType<typeof loadGuidePage>>>;

/** GET /actions/:id/examination */
export function showGuide(c: C): Promise<Response> {
  return withGuide(c, (page) => guidePage(c, page, freshForm()));
}

async function withGuide(c: C, work: (page: GuidePage) => Promise<Response>): Promise<Response> {
  const page = await loadGuidePage(c);
  return page ? work(page) : answerRefusal(c, refuse('action.unknown', { id: c.req.param('id') ?? '' }), '/actions');
}

async function guidePage(c: C, { action, guide, languages }: GuidePage, form: FormState): Promise<Response> {
  const may = allows(c.get('ctx').actor, 'action.change');
  const here = `/actions/${action.id}/examination`;
  return html(
    c,
    <DeskPage
      shell={await shellOf(c)}
      title="Examination of a suspected break-in"
      lede="What customers look at on their page, in their language, and what support asks on the telephone."
      crumbs={[
        { href: '/actions', label: 'Actions' },
        { href: `/actions/${action.id}`, label: action.reference },
      ]}
      errors={form.errors}
    >
      <Card title="Standard steps">
        <Form action={here}>
          <CheckboxGroup
            form={freshForm()}
            name="asked"
            label="Ask these"
            hint="Their words are part of the portal, in every language it speaks."
            value={standardSteps.filter((key) => !guide.leftOut.includes(key))}
            options={askSteps({ leftOut: [], steps: [] }, 'en', translator('en')).map((step) => ({
              value: step.key,
              label: step.title,
              hint: step.text,
            }))}
          />
          {may ? <SubmitButton>Save</SubmitButton> : null}
        </Form>
      </Card>
      <Card title="Steps of this action’s own">
        <OwnSteps guide={guide} here={here} may={may} />
      </Card>
      {may ? (
        <Card title="Add a step">
          <Form action={`${here}/steps`}>
            {languages.map((language) => (
              <fieldset key={language} class="mb-3">
                <legend>{languageName(language, 'en')}</legend>
                <TextInput
                  form={form}
                  name={`title.${language}`}
                  label="Title"
                  maxLength={200}
                  required={language === 'en'}
                />
                <TextArea
                  form={form}
                  name={`text.${language}`}
                  label="What to look at, and how"
                  rows={2}
                  maxLength={2000}
                />
              </fieldset>
            ))}
            <Checkbox form={form} name="evidence" label="A picture or file belongs to it" />
            <SubmitButton>Add it</SubmitButton>
          </Form>
        </Card>
      ) : null}
    </DeskPage>,
    form.errors.length > 0 ? 422 : 200,
  );
}

function OwnSteps({ guide, here, may }: { guide: Guide; here: string; may: boolean }): VNode {
  if (guide.steps.length === 0) return <p class="ff-muted">None. Write what only this device needs.</p>;
  return (
    <ol>
      {guide.steps.map((step) => {
        const words = step.texts.en ?? Object.values(step.texts)[0];
        return (
          <li key={step.key} class="mb-3">
            <strong>{words?.title}</strong>
            <p>{words?.text}</p>
            <p class="ff-hint">In {Object.keys(step.texts).join(', ')}; others read it in English.</p>
            {may ? (
              <Form action={`${here}/steps/${step.key}/remove`}>
                <SubmitButton>Take it out</SubmitButton>
              </Form>
            ) : null}
          </li>
        );
      })}
    </ol>
  );
}

/** POST /actions/:id/examination */
export function postGuide(c: C): Promise<Response> {
  return withGuide(c, async ({ action }) => {
    const asked = fieldList(await readForm(c), 'asked');
    const input = changeGuideInput.parse({ leftOut: standardSteps.filter((key) => !asked.includes(key)) });
    const done = await changeGuide(c.get('ctx'), action.id, input);
    if (isRefusal(done)) return answerRefusal(c, done, `/actions/${action.id}/examination`);
    setFlash(c, { tone: 'done', text: 'Saved.' });
    return seeOther(c, `/actions/${action.id}/examination`);
  });
}

/** POST /actions/:id/examination/steps */
export function postGuideStep(c: C): Promise<Response> {
  return withGuide(c, async (page) => {
    const body = await readForm(c);
    const texts = Object.fromEntries(
      page.languages
        .map(
          (language) =>
            [
              language,
              { title: fieldText(body, `title.${language}`), text: fieldText(body, `text.${language}`) },
            ] as const,
        )
        .filter(([, words]) => words.title.trim() !== '' || words.text.trim() !== ''),
    );
    const input = addStepInput.safeParse({ evidence: fieldText(body, 'evidence') === 'yes', texts });
    if (!input.success) {
      const errors = errorsFromZod(input.error, (path) => {
        const [, language, part] = /^texts\.([\w-]+)\.(\w+)/.exec(path) ?? [];
        return language ? `${part}.${language}` : 'title.en';
      }).map(({ field }) => ({ field, message: 'Write a title of up to 200 characters.' }));
      return guidePage(c, page, refusedForm(body, errors));
    }
    const done = await addExaminationStep(c.get('ctx'), page.action.id, input.data);
    if (isRefusal(done)) return guidePage(c, page, refusedForm(body, [refusalError(done)]));
    setFlash(c, { tone: 'done', text: 'The step is asked from now on.' });
    return seeOther(c, `/actions/${page.action.id}/examination`);
  });
}

/** POST /actions/:id/examination/steps/:key/remove */
export function postRemoveStep(c: C): Promise<Response> {
  return withGuide(c, async ({ action }) => {
    const done = await removeExaminationStep(c.get('ctx'), action.id, c.req.param('key') ?? '');
    if (isRefusal(done)) return answerRefusal(c, done, `/actions/${action.id}/examination`);
    setFlash(c, { tone: 'done', text: 'It is not asked any more. Answers to it stay.' });
    return seeOther(c, `/actions/${action.id}/examination`);
  });
}
