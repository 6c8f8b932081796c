// Runs before anything else in the page. What was measured so far lies in one place, and is fetched from there.
(() => {
  const told = {vitals: {}, changed: 0, status: 0, done: 0};
  Object.defineProperty(window, '__dropmon', {value: told});
  window.alert = window.print = () => {};   // nobody is there to close them
  window.confirm = () => false;
  window.prompt = () => null;
  const keep = ({name, value}) => {
    told.vitals[name.toLowerCase()] = value;
    told.changed = performance.now();
  };
  for (const on of ['onCLS', 'onFCP', 'onLCP', 'onTTFB']) webVitals[on](keep, {reportAllChanges: true});
  new PerformanceObserver((list) => list.getEntries().forEach((each) => {
    told.changed = Math.max(told.changed, each.responseEnd);
  })).observe({type: 'resource', buffered: true});
  addEventListener('load', () => setTimeout(() => {
    const page = performance.getEntriesByType('navigation')[0];
    told.status = page.responseStatus;
    told.done = page.loadEventEnd;
    keep({name: 'load', value: page.loadEventEnd});
  }));
})();
