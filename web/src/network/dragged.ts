// A box that is larger inside than outside scrolls when it is dragged, as by its bars and keys.
export function dragged(box: HTMLElement): () => void {
  let held: { x: number; y: number; left: number; top: number } | null = null;

  function hold(event: PointerEvent): void {
    const overflows = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
    const taken = event.target instanceof Element && event.target.closest("button, select, input, .link");
    if (overflows && !taken && event.button === 0 && event.pointerType !== "touch")
      held = { x: event.clientX, y: event.clientY, left: box.scrollLeft, top: box.scrollTop };
  }
  function drag(event: PointerEvent): void {
    if (held) box.scrollTo({ left: held.left + held.x - event.clientX, top: held.top + held.y - event.clientY });
  }
  function leave(): void {
    held = null;
  }

  const listeners = { pointerdown: hold, pointermove: drag, pointerup: leave, pointerleave: leave };
  for (const [name, listener] of Object.entries(listeners)) box.addEventListener(name, listener as EventListener);
  return () => {
    for (const [name, listener] of Object.entries(listeners)) box.removeEventListener(name, listener as EventListener);
  };
}
