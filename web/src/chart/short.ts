// A name in little room: what tells it from its neighbors, its last word, stays whole, as in the boxes of the network.
export function shortName(name: string, letters: number): string {
  const most = Math.max(2, Math.floor(letters));
  if (name.length <= most) return name;
  const tail = name.trimEnd().slice(name.trimEnd().lastIndexOf(" ") + 1);
  const room = most - tail.length - 2;
  if (room < 2 || tail.length === name.trimEnd().length) return `${name.slice(0, most - 1).trimEnd()}…`;
  return `${name.slice(0, room).trimEnd()}… ${tail}`;
}
