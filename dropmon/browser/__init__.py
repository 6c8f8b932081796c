"""One page in a real browser: what Chromium measures of it.

`web-vitals.iife.js` is https://github.com/GoogleChrome/web-vitals 6.2.3 (Apache-2.0), as visitors' browsers run it.
"""
