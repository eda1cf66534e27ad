"""Golden values for the memory, from NumPy alone. Run: python golden.py > golden.txt (NumPy 2).

Each record is a line `name rows columns` and a line of values with 17 digits. Keys and latents of
the block are rounded to float first, as the memory stores floats; all sums are in double.
"""
import numpy as np

SEED = 20240311
rng = np.random.default_rng(SEED)


def put(name, values):
    values = np.atleast_2d(np.asarray(values, dtype=np.float64))
    print(name, *values.shape)
    print(*(repr(float(v)) for v in values.ravel()))


def rounded(values):
    return values.astype(np.float32).astype(np.float64)


# A block: M = inv(lambda I + W'W) W'Z by numpy.linalg, read with stored and with free keys.
K, C, N, ridge = 40, 24, 12, 1e-3
W = rng.standard_normal((N, K))
W = rounded(W / np.linalg.norm(W, axis=1, keepdims=True))
Z = rounded(rng.standard_normal((N, C)))
free = rounded(W + 0.3 * rng.standard_normal((N, K)))


def least_squares(W, Z):
    return np.linalg.solve(ridge * np.eye(K) + W.T @ W, W.T @ Z)


M = least_squares(W, Z)
put("block.keys", W)
put("block.latents", Z)
put("block.free", free)
put("block.read", W @ M)
put("block.readFree", free @ M)
kept = [i for i in range(N) if i % 3 != 1]
put("block.readFreeAfterForgetting", free[kept] @ least_squares(W[kept], Z[kept]))

# The paper's scheme with the exact steps of its pseudo-inverse.
K, C, E = 24, 36, 6


def pseudo_inverse(A, steps=15):
    X = 5e-4 * A.T
    for _ in range(steps):
        X = 2 * X - X @ A @ X
    return X


M0 = rng.standard_normal((K, C))
Z = rng.standard_normal((E, C))
Zq = Z + 0.2 * rng.standard_normal((E, C))
W0 = Z @ pseudo_inverse(M0)
M = pseudo_inverse(W0) @ Z
put("paper.reference", M0)
put("paper.latents", Z)
put("paper.queries", Zq)
put("paper.read", Zq @ pseudo_inverse(M) @ M)
put("paper.pseudoInverseLimit", np.linalg.pinv(M0) @ M0)
