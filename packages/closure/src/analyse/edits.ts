/** Changes to a piece of source text, by offsets into the script; applied once, in order. */
export class Edits {
  readonly #list: { readonly start: number; readonly end: number; readonly text: string }[] = [];

  replace(start: number, end: number, text: string): void {
    this.#list.push({ start, end, text });
  }

  insert(at: number, text: string): void {
    this.replace(at, at, text);
  }

  /** The changed text of `source` from `start` to `end`, and where each of its offsets went. */
  apply(source: string, start: number, end: number): EditedText {
    const edits = this.#list
      .filter((edit) => edit.start >= start && edit.end <= end)
      .sort((a, b) => a.start - b.start || a.end - b.end);
    let text = '';
    let at = start;
    const moves: { readonly from: number; readonly by: number }[] = [{ from: start, by: -start }];
    for (const edit of edits) {
      if (edit.start < at) continue; // inside a piece that is already replaced
      text += source.slice(at, edit.start) + edit.text;
      at = edit.end;
      moves.push({ from: at, by: text.length - at });
    }
    text += source.slice(at, end);
    return { text, moved: (offset) => offset + lastMove(moves, offset) };
  }
}

/** Text after its edits. */
export interface EditedText {
  readonly text: string;
  /** The offset in `text` of an offset in the script. */
  moved(offset: number): number;
}

function lastMove(moves: readonly { readonly from: number; readonly by: number }[], offset: number): number {
  let low = 0;
  let high = moves.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (moves[middle]!.from <= offset) low = middle;
    else high = middle - 1;
  }
  return moves[low]!.by;
}
