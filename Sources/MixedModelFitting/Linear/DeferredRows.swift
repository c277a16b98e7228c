// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Dispatch

/// The rows of a model in numbers, made when they are first asked for.
///
/// A fit needs their cross-products only; residuals, simulation and much else need the rows.
final class DeferredRows: @unchecked Sendable {
  private enum State {
    case made(DesignRows)
    case deferred(@Sendable () -> DesignRows)
  }

  // Guarded by the queue.
  private var state: State
  private let queue = DispatchQueue(label: "rows")

  init(_ rows: DesignRows) { state = .made(rows) }

  init(_ source: @escaping @Sendable () -> DesignRows) { state = .deferred(source) }

  var value: DesignRows {
    queue.sync {
      switch state {
      case .made(let rows): return rows
      case .deferred(let source):
        let rows = source()
        state = .made(rows)
        return rows
      }
    }
  }
}
