// npm install web-vitals      then import this module once, in the page's first script.
// A beacon holds no address but its path, without numbers and queries; no user, no cookie.
import {onCLS, onFCP, onINP, onLCP, onTTFB} from 'web-vitals';

const URL = {{url}};
const KEY = {{key}};   // publishable: its role may only add rows
const touch = matchMedia('(pointer: coarse)').matches;
const device = touch ? (Math.min(screen.width, screen.height) < 600 ? 'phone' : 'tablet') : 'desktop';
const waiting = new Map();   // the last value of each; CLS and INP grow until the page is left

function keep({name, value, id, navigationType}) {
  waiting.set(name + id, {
    id: id.slice(0, 64), name: name.toLowerCase(), value, navigation_type: navigationType, form_factor: device,
    path: location.pathname.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|\d{3,}/gi, ':id').slice(0, 200),
  });
}

function send() {
  if (!waiting.size) return;
  const body = JSON.stringify([...waiting.values()]);
  waiting.clear();
  // sendBeacon sends no key, and text/plain: PostgREST would refuse it.
  fetch(URL, {
    method: 'POST', body, keepalive: true, credentials: 'omit',
    headers: {{{profile}}'Content-Type': 'application/json', Prefer: 'return=minimal', apikey: KEY},
  }).catch(() => {});
}

// All changes: what happened just before the page is left would be lost otherwise. They are only kept, not sent.
for (const on of [onCLS, onFCP, onINP, onLCP, onTTFB]) on(keep, {reportAllChanges: true});
if (document.visibilityState === 'visible') {   // what loads in a background tab tells nothing of waiting
  const loaded = () => setTimeout(() => {
    const {loadEventEnd, activationStart = 0, type} = performance.getEntriesByType('navigation')[0];
    const kind = activationStart ? 'prerender' : type.replace('_', '-');
    keep({name: 'load', value: Math.max(0, loadEventEnd - activationStart), id: 'load-' + crypto.randomUUID(), navigationType: kind});
  });
  document.readyState === 'complete' ? loaded() : addEventListener('load', loaded);
}
addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && (send(), setTimeout(send)));
addEventListener('pagehide', send);
setInterval(send, 60000);
