// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Dispatch

#if !canImport(Darwin)
  import COpenBLAS
#endif

/// How many threads the package's own kernels may use.
package enum LinearAlgebraThreads {
  /// The number for the current task. The results do not depend on it.
  @TaskLocal package static var count = 1
}

/// Runs `body` with so many threads for large matrices.
///
/// The package divides the work by itself, so that results are the same to the last bit for any
/// number; the linear algebra library, which each thread calls, is kept to one.
/// - Precondition: `count` is positive.
package func withLinearAlgebraThreads<Result>(
  _ count: Int, _ body: () throws -> Result
) rethrows -> Result {
  precondition(count > 0, "a positive number of threads")
  setLibraryThreads(1)
  return try LinearAlgebraThreads.$count.withValue(count, operation: body)
}

/// Sets the number of threads that the linear algebra library itself may use, for the whole process.
///
/// The matrices of most models are small, and waking threads costs more than they save. Accelerate
/// chooses by itself, and is not told.
package func setLibraryThreads(_ count: Int) {
  #if !canImport(Darwin)
    openblas_set_num_threads(CInt(clamping: count))
  #endif
}

/// Calls `body` for every piece of work from 0 to `count - 1`, the pieces dealt out to the threads in
/// turn. They must not write to the same places.
package func shareWork(_ count: Int, threads: Int, _ body: (_ piece: Int) -> Void) {
  let threads = min(threads, count)
  guard threads > 1 else {
    for piece in 0..<count { body(piece) }
    return
  }
  withoutActuallyEscaping(body) { body in
    // What it captures are pointers, of which the caller says that pieces do not share them.
    nonisolated(unsafe) let body = body
    DispatchQueue.concurrentPerform(iterations: threads) { thread in
      for piece in stride(from: thread, to: count, by: threads) { body(piece) }
    }
  }
}
