from multiprocessing import Pool


def increment(n):
    return n + 1


if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.apply(increment, (41,)), flush=True)
