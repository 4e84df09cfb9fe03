// The query editor: CodeMirror with the language of PromQL or LogQL, completion, and lint. One line that grows; Shift-Enter breaks it.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, insertNewlineAndIndent } from '@codemirror/commands';
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { lintKeymap } from '@codemirror/lint';
import { EditorState, Prec, type Extension } from '@codemirror/state';
import { EditorView, keymap, placeholder } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'react';
import './editor.css';

const colors = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: 'var(--yellow)' },
  { tag: [tags.function(tags.variableName), tags.function(tags.name)], color: 'var(--blue)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--orange)' },
  { tag: [tags.labelName, tags.propertyName], color: 'var(--accent)' },
  { tag: [tags.number, tags.literal], color: 'var(--soft)' },
  { tag: [tags.operator, tags.paren, tags.brace, tags.squareBracket], color: 'var(--dim)' },
  { tag: tags.comment, color: 'var(--dim)', fontStyle: 'italic' },
]);

export interface EditorProps {
  value: string;
  label: string;
  hint: string;
  language: Extension;
  onChange: (value: string) => void;
  onRun: (value: string) => void;
}

export default function Editor({ value, label, hint, language, onChange, onRun }: EditorProps) {
  const holder = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef({ onChange, onRun });
  latest.current = { onChange, onRun };

  useEffect(() => {
    const run = (editor: EditorView) => {
      latest.current.onRun(editor.state.doc.toString());
      return true;
    };
    const made = new EditorView({
      parent: holder.current!,
      state: EditorState.create({
        doc: value,
        extensions: [
          history(), bracketMatching(), closeBrackets(), autocompletion({ icons: false }), syntaxHighlighting(colors), language, EditorView.lineWrapping, placeholder(hint),
          keymap.of([...completionKeymap, ...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...lintKeymap]),
          Prec.highest(keymap.of([{ key: 'Mod-Enter', run }, { key: 'Shift-Enter', run: insertNewlineAndIndent }])),
          // After the completion's own Enter.
          Prec.high(keymap.of([...completionKeymap, { key: 'Enter', run }])),
          EditorView.contentAttributes.of({ 'aria-label': label }),
          EditorView.updateListener.of((update) => update.docChanged && latest.current.onChange(update.state.doc.toString())),
        ],
      }),
    });
    view.current = made;
    return () => made.destroy();
    // The text is set below; language, label and hint do not change while an editor lives.
  }, []);

  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== value) editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  return <div ref={holder} className="editor" />;
}
