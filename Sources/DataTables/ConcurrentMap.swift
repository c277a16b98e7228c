// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Dispatch

/// The results of `transform` for each number below `count`, in their order, computed by up to
/// `threadCount` threads at a time.
///
/// Which thread computes what is left to chance, so that a result may depend on its number only.
package func concurrentMap<Result: Sendable>(
  _ count: Int, threadCount: Int, _ transform: @Sendable (Int) -> Result
) -> [Result] {
  guard threadCount > 1, count > 1 else { return (0..<count).map(transform) }
  let results = ResultSlots<Result>(count: count)
  let workerCount = min(threadCount, count)
  DispatchQueue.concurrentPerform(iterations: workerCount) { _ in
    while let number = results.nextNumber() { results.store(transform(number), at: number) }
  }
  return results.all
}

/// Results on their way from several threads, each with a place of its own.
///
/// The serial queue guards all access.
private final class ResultSlots<Result: Sendable>: @unchecked Sendable {
  private let queue = DispatchQueue(label: "results")
  private var results: [Result?]
  private var next = 0

  init(count: Int) { results = [Result?](repeating: nil, count: count) }

  /// The next number that nobody works on, or `nil` if there is none.
  func nextNumber() -> Int? {
    queue.sync {
      guard next < results.count else { return nil }
      next += 1
      return next - 1
    }
  }

  func store(_ result: Result, at number: Int) { queue.sync { results[number] = result } }

  var all: [Result] { queue.sync { results.compactMap { $0 } } }
}
