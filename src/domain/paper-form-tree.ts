/** Which question of a form follows from which answer: on paper both stand side by side, and the pen decides. */
import type { Question } from './form.ts';

export interface QuestionTree {
  all: readonly Question[];
  /** Questions that are asked of their subject in any case, in order. */
  roots: readonly Question[];
  children: ReadonlyMap<string, readonly Branch[]>;
}

/** A question that is asked after some answers to another one. */
export interface Branch {
  question: Question;
  /** The answers it follows from. */
  after: readonly string[];
}

/** A question hangs on the last of its conditions that is about the same subject; one about another subject is no branch. */
export function makeTree(questions: readonly Question[]): QuestionTree {
  const byId = new Map(questions.map((question) => [question.id, question]));
  const children = new Map<string, Branch[]>();
  const roots: Question[] = [];
  for (const question of questions) {
    const condition = question.when?.findLast((one) => byId.get(one.question)?.scope === question.scope);
    if (!condition) roots.push(question);
    else {
      const before = children.get(condition.question) ?? [];
      children.set(condition.question, [...before, { question, after: condition.is }]);
    }
  }
  return { all: questions, roots, children };
}

export function branchesOf(tree: QuestionTree, question: Question): readonly Branch[] {
  return tree.children.get(question.id) ?? [];
}

/** The question's branches and theirs, in the order they are asked. */
export function branchesBelow(tree: QuestionTree, question: Question): Branch[] {
  return branchesOf(tree, question).flatMap((branch) => [branch, ...branchesBelow(tree, branch.question)]);
}
