import time
from tests.store.test_plans import *
import tests.store.test_plans as tp
async def test_t(pool, tmp_path):
    books = await Books.opened(pool, tmp_path, {"ro": Shop("ro", "Magazin")})
    for name in ("orders","tell","pay","detect"):
        orig=getattr(books,name)
        def wrap(orig,name):
            async def f(*a,**k):
                t=time.monotonic(); r=await orig(*a,**k); print(name, round(time.monotonic()-t,2)); return r
            return f
        setattr(books,name,wrap(orig,name))
    await fill(books)
