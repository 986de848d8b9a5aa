"""How a report looks, light and dark. It names no font and no picture that would have to be fetched."""

from __future__ import annotations

STYLE = """
:root{color-scheme:light dark;--page:#f7f7f5;--card:#fff;--ink:#1c1d1f;--soft:#63666b;--line:#dcdcd7;--code:#f1f1ee;
--success:#2e7d4f;--failed:#c0392b;--cancelled:#8f6210;--running:#2f6fb5}
@media (prefers-color-scheme:dark){:root{--page:#16181a;--card:#1e2124;--ink:#e8e8e4;--soft:#9a9ea4;--line:#34383c;
--code:#17191b;--success:#5cb583;--failed:#e5766a;--cancelled:#d9a441;--running:#6fa8e0}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:1060px;margin:0 auto;padding:32px 20px 64px}
h1{margin:0;font-size:26px;line-height:1.25;overflow-wrap:anywhere}
h2{margin:0 0 10px;font-size:16px}
h3{margin:12px 0 4px;color:var(--soft);font-size:12px;font-weight:600}
section{margin-top:18px;padding:18px 20px;border:1px solid var(--line);border-radius:10px;background:var(--card)}
section.failed{border-color:var(--failed)}
.facts{margin:6px 0 0;color:var(--soft);font-size:13px;overflow-wrap:anywhere}
.badge{padding:2px 10px;border-radius:20px;background:var(--running);color:#fff;font-size:13px;font-weight:600;
vertical-align:middle}
.badge.done{background:var(--success)}
.badge.failed,.badge.suspended{background:var(--failed)}
.badge.cancelled,.badge.terminated,.badge.cancelling{background:var(--cancelled)}
@media (prefers-color-scheme:dark){.badge{color:#16181a}}
pre{margin:0;padding:10px 12px;max-height:420px;overflow:auto;border-radius:6px;background:var(--code);
font:13px/1.45 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
details{border-top:1px solid var(--line)}
details[open]{padding-bottom:12px}
summary{padding:7px 2px;cursor:pointer;overflow-wrap:anywhere}
summary:focus-visible{outline:2px solid var(--running)}
summary .facts{margin-left:10px}
summary b,.facts{unicode-bidi:isolate}
.seq{display:inline-block;min-width:44px;color:var(--soft);font-variant-numeric:tabular-nums}
.dot{display:inline-block;width:9px;height:9px;margin-right:8px;border-radius:50%;background:var(--running)}
.dot.success{background:var(--success)}
.dot.failed{background:var(--failed)}
.dot.cancelled{background:var(--cancelled)}
.times{overflow-x:auto}
.timeline{display:block;width:100%;min-width:720px;height:auto}
.timeline text{fill:var(--ink);font:13px system-ui,sans-serif}
.timeline .axis{fill:var(--soft);font-size:11px}
.timeline .tick{stroke:var(--line)}
.bar{fill:var(--running)}
.bar.success{fill:var(--success)}
.bar.failed{fill:var(--failed)}
.bar.cancelled{fill:var(--cancelled)}
@media print{body{background:none}main{max-width:none;padding:0}h2,h3{break-after:avoid}
summary,svg g{break-inside:avoid}pre{max-height:none}.times{overflow:visible}.timeline{min-width:0}
.badge,.dot{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""
