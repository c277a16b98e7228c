// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Dispatch

/// The rows of a model in numbers, made when they are first asked for.
///
/// A fit needs their cross-products only; residuals, simulation and much else need the rows.
final class DeferredRows: @unchecked Sendable {
  // Guarded by the queue.
  private var rows: DesignRows?
  private var source: (@Sendable () -> DesignRows)?
  private let queue = DispatchQueue(label: "rows")

  init(_ rows: DesignRows) { self.rows = rows }

  init(_ source: @escaping @Sendable () -> DesignRows) { self.source = source }

  var value: DesignRows {
    queue.sync {
      if let rows { return rows }
      guard let source else { preconditionFailure("rows, or where they come from") }
      let made = source()
      rows = made
      self.source = nil
      return made
    }
  }
}
