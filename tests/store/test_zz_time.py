import time
import tests.store.test_plans as tp
from tests.rules.books import Books
from reconciler.config import Shop
import reconciler.store.reports as rep
async def test_t(pool, tmp_path):
    books = await Books.opened(pool, tmp_path, {"ro": Shop("ro", "Magazin")})
    for name in ("orders","tell","pay","detect"):
        orig=getattr(books,name)
        def wrap(orig,name):
            async def f(*a,**k):
                t=time.monotonic(); r=await orig(*a,**k); print(name, round(time.monotonic()-t,2), flush=True); return r
            return f
        setattr(books,name,wrap(orig,name))
    await tp.fill(books)
