import type { VNode } from 'preact';
import type { PackageDetail } from '../../../app/queries/packages.ts';
import { renderInstructions } from '../../../domain/package-text.ts';
import { availableLanguages, languageName } from '../../translate.ts';
import { Form, Select, SubmitButton, TextArea, TextInput } from '../../ui/field.tsx';
import type { FormState } from '../../ui/form.ts';
import { Card, KeyValue, More } from '../../ui/parts.tsx';

interface Props {
  row: PackageDetail;
  products: readonly { code: string; environment: string }[];
  form?: FormState | undefined;
  mayChange: boolean;
}

/** `NB: Dx, RUO; 1.3 to 3.1` — one line a product, as it is typed and as it is read. */
export function appliesLine(line: PackageDetail['applies'][number]): string {
  const versions = line.from === '' && line.to === '' ? '' : `; ${[line.from, line.to].filter(Boolean).join(' to ')}`;
  return `${line.product}: ${line.environments.length > 0 ? line.environments.join(', ') : 'all'}${versions}`;
}

/** What the package is for, what to do before, what it changes, how to install it and how to see that it was. */
export function DescriptionCard({ row, products, form, mayChange }: Props): VNode {
  const languages = [...new Set([...Object.keys(row.instructions), ...Object.keys(row.translations)])].sort();
  if (row.state !== 'draft' || !mayChange) {
    return (
      <Card title="Description">
        <KeyValue
          rows={[
            { label: 'For', value: row.applies.map(appliesLine).join(' · ') || 'everything the action covers' },
            { label: 'Before', value: row.prerequisites.join(' · ') },
            { label: 'What changes', value: row.sideEffects.join(' · ') },
            { label: 'Checks', value: row.manifest.checks.map((check) => check.id).join(', ') },
          ]}
        />
        {languages.map((language) => (
          <More key={language} summary={`Instructions, ${languageName(language, 'en')}`}>
            {/* The renderer escapes every text. */}
            <div
              lang={language}
              dir="auto"
              dangerouslySetInnerHTML={{ __html: renderInstructions(row.instructions[language] ?? '', 3) }}
            />
          </More>
        ))}
        {row.state === 'released' && mayChange ? (
          <Form action={`/packages/${row.id}/limit`}>
            <TextInput
              form={form}
              name="mostDownloads"
              label="Downloads a contact may finish"
              type="number"
              width={4}
              value={row.mostDownloads}
            />
            <SubmitButton tone="secondary">Change the limit</SubmitButton>
          </Form>
        ) : null}
      </Card>
    );
  }
  const known = [...Map.groupBy(products, (one) => one.code)]
    .map(([code, of]) => `${code}: ${of.map((one) => one.environment).join(', ')}`)
    .join('\n');
  return (
    <Card title="Description">
      <Form action={`/packages/${row.id}/description`}>
        <TextArea
          form={form}
          name="applies"
          label="For which products"
          hint="One a line: product, its environments, software versions. Empty: everything the action covers."
          rows={Math.max(3, row.applies.length + 1)}
          value={row.applies.length > 0 ? row.applies.map(appliesLine).join('\n') : known}
        />
        <TextArea
          form={form}
          name="prerequisites"
          label="Before installing"
          hint="In English, one thing a line. Other languages follow below."
          rows={3}
          value={row.prerequisites.join('\n')}
        />
        <TextArea
          form={form}
          name="sideEffects"
          label="What changes"
          hint="One thing a line: readers who depend on it have to know."
          rows={3}
          value={row.sideEffects.join('\n')}
        />
        {languages.map((language) => (
          <LanguageFields key={language} row={row} language={language} form={form} />
        ))}
        <Select
          form={form}
          name="newLanguage"
          label="Another language"
          placeholder="None"
          options={availableLanguages()
            .filter((code) => !languages.includes(code))
            .map((code) => ({ value: code, label: languageName(code, 'en') }))}
        />
        <TextArea form={form} name="newInstructions" label="Instructions in it" rows={6} />
        <TextArea
          form={form}
          name="manifest"
          label="Checks of an installation, as JSON"
          hint="How it is installed, and the files, services, registry values, ports and answers that a verifier looks at: docs/package-manifest.md has an example."
          rows={10}
          value={JSON.stringify(row.manifest, null, 2)}
        />
        <TextInput
          form={form}
          name="mostDownloads"
          label="Downloads a contact may finish"
          type="number"
          width={4}
          value={row.mostDownloads}
        />
        <SubmitButton>Save the description</SubmitButton>
      </Form>
    </Card>
  );
}

/** What one language has: the two lists, where it is not the English of the columns, and the instructions. */
function LanguageFields({
  row,
  language,
  form,
}: {
  row: PackageDetail;
  language: string;
  form: FormState | undefined;
}) {
  const name = languageName(language, 'en');
  const own = row.translations[language];
  return (
    <fieldset>
      <legend>{name}</legend>
      {language === 'en' ? null : (
        <>
          <TextArea
            form={form}
            name={`prerequisites.${language}`}
            label={`Before installing, ${name}`}
            rows={3}
            value={(own?.prerequisites ?? []).join('\n')}
          />
          <TextArea
            form={form}
            name={`sideEffects.${language}`}
            label={`What changes, ${name}`}
            rows={3}
            value={(own?.sideEffects ?? []).join('\n')}
          />
        </>
      )}
      <TextArea
        form={form}
        name={`instructions.${language}`}
        label={`Instructions, ${name}`}
        hint="Written as notices are: 1. step, **strong**. An empty text takes them away."
        rows={10}
        value={row.instructions[language] ?? ''}
      />
    </fieldset>
  );
}
