import asyncio, sys, pytest
from pathlib import Path
from tests.rules import test_rules
from tests.rules.books import Books
from tests.rules.worlds import Worlds

import os
@pytest.mark.parametrize(("start","seed"), [(s.split(':')[0], int(s.split(':')[1])) for s in os.environ['SEEDS'].split()])
async def test_dbg(pool, tmp_path, start, seed):
    books = await Books.opened(pool, tmp_path)
    w = Worlds(books, seed, test_rules.STARTS[start])
    log=[]
    orig=books.tell
    async def tell(reports, now, **k):
        log.extend((now,k,r) for r in reports)
        return await orig(reports, now, **k)
    books.tell=tell
    o2=books.orders
    async def orders(rows, now, **k):
        rows=list(rows); log.extend((now,'order',r) for r in rows)
        return await o2(rows, now, **k)
    books.orders=orders
    for _ in range(14):
        await w.step()
        f=await books.detect(w.world.now)
        cases=await books.cases()
        prev=dict(w.open)
        touched=dict(w.touched)
        exp,*_=w.judge()
        d=[("extra",c) for c in cases-exp]+[("missing",c) for c in exp-cases]
        if d or (f.opened,f.settled)!=(_[0],_[1]):
            print("NOW", w.world.now, f, _)
            for what,c in sorted(d, key=str): print(what,c, "PREV", prev.get((c.kind,c.subject)), 'touched', touched.get(c.subject[1:]))
            if d:
              c=sorted(d,key=str)[0][1]
              if c.subject[0]=='parcel':
                awbs=[c.subject[2]]
                pp=w.world.parcels[c.subject[1:]]
                print(pp.stored_until, w.world.orders.get((pp.shop,pp.order)).cancelled if pp.order else None)
                awbs+= [x.awb for x in w.world.parcels.values() if x.order==pp.order and x.shop==pp.shop and x.order or x.root==pp.awb]
              else:
                awbs=[x.awb for x in w.world.parcels.values() if x.order==c.subject[2]]
                print(w.world.orders.get(c.subject[1:]))
              a=c.subject[2]
              print({k:v for k,v in (await books.parcel(a)).items() if v is not None and (k.startswith('status') or k in ('expires_on','event_at','tracked_at','courier_error','first_seen_at'))})
              print([dict(r) for r in await books.pool.fetch('select d.* from deadlines d join parcels p on p.id=parcel_id where awb=$1', a)])
              print([(r['what'],r['at'],r['facts']) for r in await books.pool.fetch('select h.* from case_history h join cases c on c.id=case_id join parcels p on p.id=c.about where awb=$1 and c.kind=$2', a, c.kind)])
              for x in w.world.parcels.values():
                if x.root==a: print(x.awb,x.role,x.status,x.events,x.unheard_of); print({k:v for k,v in (await books.parcel(x.awb)).items() if v is not None and k in ('status','status_at','event_at','role','root_id','tracked_at','expires_on')}); a2=x.awb
              for l in log:
                if 'a2' in dir() and a2 in str(l): print(l)
                if a in str(l):
                  r=l[2]; print('  ', l[0], l[1], (r.status, r.error, [(str(e.at),e.status) for e in r.events][-1:], r.stored_until, r.linked) if not isinstance(r,dict) else 'order row')
            assert False
