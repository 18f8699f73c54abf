"""How the page looks: light, dark, narrow, wide and on paper."""

STYLE = """
:root{color-scheme:light dark;--paper:#fbfbfa;--card:#fff;--ink:#1b2027;--soft:#5d6673;--rule:#e3e5e8;--grid:#ececee;
--a:#2459c9;--b:#b45f06;--c:#6b4fa3;--d:#0e7c86;--up:#127a43;--down:#b3261e;--band:#b3261e}
@media(prefers-color-scheme:dark){:root{--paper:#12161c;--card:#1a2028;--ink:#e7eaee;--soft:#9aa5b3;--rule:#2c343f;
--grid:#262d37;--a:#7fa8ff;--b:#f0a95b;--c:#b9a1ea;--d:#56c7d1;--up:#5fcf8f;--down:#ff8a80;--band:#ff8a80}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1180px;padding:24px 20px 60px;background:var(--paper);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums}
h1{font-size:1.6rem;line-height:1.2;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:1.1rem;margin:34px 0 10px;padding-top:14px;border-top:1px solid var(--rule)}
p{margin:6px 0 12px}.soft,small{color:var(--soft)}small{font-weight:400}
code,pre{font:13px/1.5 ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace}
pre{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:12px 14px;white-space:pre-wrap;
overflow-wrap:anywhere;margin:8px 0}
dl.head{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:12px 0 20px}
dl.head dt{color:var(--soft)}dl.head dd{margin:0;overflow-wrap:anywhere}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(158px,1fr));gap:10px}
.tile{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:10px 12px;min-width:0}
.tile span{display:block;color:var(--soft);font-size:.8rem}
.tile b{display:block;font-size:1.12rem;font-weight:620;overflow-wrap:anywhere}
.tile i{font-style:normal;font-size:.8rem;color:var(--soft)}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,520px),1fr));gap:14px}
figure{margin:0;background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:12px 12px 6px;
min-width:0;break-inside:avoid}
figcaption{display:flex;flex-wrap:wrap;gap:2px 10px;align-items:baseline;font-weight:600;margin-bottom:6px}
.legend{margin-left:auto;font-weight:400;font-size:.82rem;color:var(--soft);display:flex;gap:2px 12px;flex-wrap:wrap}
.legend span::before{content:"";display:inline-block;width:12px;height:3px;border-radius:2px;margin-right:5px;
vertical-align:middle;background:currentColor}
.legend .a::before{color:var(--a)}.legend .b::before{color:var(--b)}.legend .c::before{color:var(--c)}
.legend .d::before{color:var(--d)}.legend .down::before{color:var(--down)}
svg{display:block;width:100%;height:auto}
svg text{font-size:15px;fill:var(--soft)}
.grid line,line.grid{stroke:var(--grid)}line.zero{stroke:var(--soft);stroke-opacity:.7}
.line{fill:none;stroke-width:1.7;stroke-linejoin:round}.area{stroke:none;fill-opacity:.13}
.line.a{stroke:var(--a)}.line.b{stroke:var(--b)}.line.c{stroke:var(--c)}.line.d{stroke:var(--d)}.line.down{stroke:var(--down)}
.area.a{fill:var(--a)}.area.b{fill:var(--b)}.area.down{fill:var(--down)}
.band{fill:var(--band);fill-opacity:.14}.bar.up,.fill.up{fill:var(--up)}.bar.down,.fill.down{fill:var(--down)}
.bar{fill-opacity:.75}.fill{stroke:var(--card);stroke-width:.6}
.none{color:var(--soft);padding:24px 0;text-align:center;margin:0}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--rule);border-radius:10px}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th{text-align:left;color:var(--soft);font-weight:500;white-space:nowrap}
th,td{padding:6px 12px;border-bottom:1px solid var(--rule);vertical-align:top}
tr:last-child td{border-bottom:0}td.n,th.n{text-align:right;white-space:nowrap}td.t{white-space:nowrap}
.scroll td:first-child{min-width:8em}td.w{min-width:220px;overflow-wrap:anywhere}
.good{color:var(--up)}.bad{color:var(--down)}
meter{width:100%;min-width:90px}
summary{cursor:pointer;padding:6px 0;color:var(--soft)}
@media(max-width:560px){body{padding:16px 12px 40px}.tiles{grid-template-columns:repeat(2,1fr)}th,td{padding:6px 8px}
dl.head{grid-template-columns:1fr}dl.head dd{margin-bottom:6px}.legend{margin-left:0}svg text{font-size:19px}}
@media print{:root{--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--rule:#ccc;--grid:#e5e5e5;--a:#2459c9;--b:#b45f06;
--c:#6b4fa3;--d:#0e7c86;--up:#127a43;--down:#b3261e;--band:#b3261e}body{padding:0;max-width:none;font-size:11px}
.scroll{overflow:visible}tr,.tile{break-inside:avoid}h2{break-after:avoid}.grid{grid-template-columns:1fr 1fr}}
"""
