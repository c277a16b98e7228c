// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// The time since the process started, as near as a program can tell.
enum ProcessClock {
  private static let origin = ContinuousClock.now

  /// Starts the clock; to be called first of all.
  static func start() { _ = origin }

  static var seconds: Double { (ContinuousClock.now - origin).seconds }
}

extension Duration {
  var seconds: Double {
    let (whole, attoseconds) = components
    return Double(whole) + Double(attoseconds) * 1e-18
  }
}
