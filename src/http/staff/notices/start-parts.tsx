/** The parts of a document, each with the section it goes to and what was recognised in it. */
import type { VNode } from 'preact';
import type { NoticeStartDetail } from '../../../app/notice-starts.ts';
import { factRegistry } from '../../../domain/notice-facts.ts';
import { sections } from '../../../domain/notice-sections.ts';
import type { StartPart } from '../../../domain/notice-start.ts';
import { ButtonRow, Form, HiddenInput, Select, SubmitButton, TextInput } from '../../ui/field.tsx';
import type { FormState } from '../../ui/form.ts';
import { Card, Identifier } from '../../ui/parts.tsx';
import { Badge } from '../../ui/state.tsx';

type Props = { start: NoticeStartDetail; form: FormState; mayDecide: boolean; layout: 'letter' | 'ec' };

/** The form that makes the draft; read-only once it was made. */
export function StartParts({ start, form, mayDecide, layout }: Props): VNode {
  const { parts } = start.found;
  const options = sections
    .filter((section) => section.layout === layout)
    .map((section) => ({
      value: section.key,
      label: section.number ? `${section.number} ${section.title}` : section.title,
    }));
  const other = layout === 'ec' ? 'letter' : 'ec';
  return (
    <>
      {mayDecide ? (
        <p>
          {layout === 'ec' ? 'It is laid out as the Commission’s template. ' : 'It is laid out as a letter. '}
          <a href={`/notice-starts/${start.id}?layout=${other}`}>
            {other === 'ec' ? 'Use the Commission’s template instead' : 'Use the letter instead'}
          </a>
          , then choose the sections anew.
        </p>
      ) : null}
      <Form action={`/notice-starts/${start.id}/draft`}>
        <HiddenInput name="layout" value={layout} />
        {parts.map((part, index) => (
          <Card
            key={index}
            title={part.heading === '' ? 'Without a heading' : part.heading}
            action={
              part.section === '' ? (
                <Badge tone="amber" icon="help-circle">
                  Not recognised
                </Badge>
              ) : (
                <Badge tone="blue">Recognised</Badge>
              )
            }
          >
            {mayDecide ? (
              <Select
                form={form}
                name={`section-${index}`}
                label="Section"
                value={options.some((option) => option.value === part.section) ? part.section : ''}
                placeholder="Leave it out"
                options={options}
              />
            ) : null}
            <div class="ff-translation-text" lang="en">
              {chips(part.source)}
            </div>
            <Recognised part={part} />
          </Card>
        ))}
        {mayDecide ? (
          <Card title="Make the draft">
            <TextInput
              form={form}
              name="number"
              label="Document control number"
              hint="Sections the layout needs and the document lacks are added with their heading only."
              width={20}
              identifier
              required
            />
            <ButtonRow>
              <SubmitButton tone="primary">Make the draft</SubmitButton>
            </ButtonRow>
          </Card>
        ) : null}
      </Form>
    </>
  );
}

function Recognised({ part }: { part: StartPart }): VNode | null {
  if (part.facts.length === 0 && part.open.length === 0) return null;
  return (
    <ul class="ff-translation-findings">
      {part.facts.map((fact) => (
        <li key={fact.name}>
          <Badge tone="blue">fact</Badge> “<bdi>{fact.text}</bdi>” became <Identifier>{`{${fact.name}}`}</Identifier>
          {fact.times > 1 ? `, ${fact.times} times` : ''}: {factRegistry[fact.name]?.about}
        </li>
      ))}
      {part.open.map((figure) => (
        <li key={figure.value}>
          <Badge tone="amber">typed</Badge> <Identifier>{figure.value}</Identifier>{' '}
          {figure.fact === ''
            ? 'is none of the action’s facts. Check it; it stays as typed.'
            : `is one of several; {${figure.fact}} would print them all. It stays as typed.`}
        </li>
      ))}
    </ul>
  );
}

/** The source with its placeholders marked. */
function chips(source: string): (VNode | string)[] {
  return source
    .split(/(\{@?[a-z][a-z0-9.-]*\})/)
    .map((piece, index) => (index % 2 === 1 ? <mark key={`${index}`}>{piece}</mark> : piece));
}
