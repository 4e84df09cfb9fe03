// What the editors of LogQL and TraceQL share: words to complete, and lint by the tree that a grammar made of the query.
import type { Completion } from '@codemirror/autocomplete';
import { syntaxTree } from '@codemirror/language';
import { linter, type Diagnostic } from '@codemirror/lint';
import type { Extension } from '@codemirror/state';
import type { Tree } from '@lezer/common';

export const word = (label: string, detail: string, type = 'keyword'): Completion => ({ label, detail, type });

/** The first place of a query where its tree has an error; none for a query of blanks. */
export function firstProblem(tree: Tree, query: string): Diagnostic[] {
  const out: Diagnostic[] = [];
  if (!query.trim()) return out;
  tree.iterate({
    enter: (node) => {
      if (!node.type.isError || out.length) return;
      const from = Math.min(node.from, Math.max(0, query.length - 1));
      out.push({ from, to: Math.max(node.to, from + 1), severity: 'error', message: node.from >= query.length ? 'the query is not finished' : 'this does not belong here' });
    },
  });
  return out;
}

/** Marks the first problem; `treeOf` where the tree that colours the text is not the one to judge by. */
export const grammarLint = (treeOf?: (query: string) => Tree): Extension =>
  linter((view) => {
    const query = view.state.doc.toString();
    return firstProblem(treeOf ? treeOf(query) : syntaxTree(view.state), query);
  });
