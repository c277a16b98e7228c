// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import MixedModelErrors

/// The rows of a model in numbers, made when they are first asked for.
///
/// A fit needs their cross-products only; residuals, simulation and much else need the rows.
final class DeferredRows: @unchecked Sendable {
  /// What makes the rows.
  typealias Source = @Sendable () throws(MixedModelError) -> DesignRows

  private enum State {
    case made(DesignRows)
    case deferred(Source)
  }

  // Guarded by the queue.
  private var state: State
  private let queue = DispatchQueue(label: "rows")

  init(_ rows: DesignRows) { state = .made(rows) }

  init(_ source: @escaping Source) { state = .deferred(source) }

  /// The rows, made now if they have not been before.
  /// - Throws: ``MixedModelError`` if what they are made from is not there any more.
  func made() throws(MixedModelError) -> DesignRows {
    let result: Result<DesignRows, MixedModelError> = queue.sync {
      switch state {
      case .made(let rows): return .success(rows)
      case .deferred(let source):
        return Result { () throws(MixedModelError) -> DesignRows in
          let rows = try source()
          state = .made(rows)
          return rows
        }
      }
    }
    return try result.get()
  }
}
