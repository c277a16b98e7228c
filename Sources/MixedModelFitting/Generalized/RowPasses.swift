// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

// Passes over the rows of a model, of which an evaluation of its criterion makes dozens: without
// allocations, and simple enough to compile to vector instructions.

/// `x = -x ∘ y`.
func negateProduct(_ x: inout [Double], _ y: [Double]) {
  precondition(x.count == y.count, "vectors of one length")
  x.withUnsafeMutableBufferPointer { x in
    y.withUnsafeBufferPointer { y in
      for i in x.indices { x[i] = -x[i] * y[i] }
    }
  }
}

/// `result = x ∘ y`.
func setProduct(_ result: inout [Double], _ x: [Double], _ y: [Double]) {
  precondition(x.count == y.count, "vectors of one length")
  result.replaceContents(with: x)
  result.withUnsafeMutableBufferPointer { result in
    y.withUnsafeBufferPointer { y in
      for i in result.indices { result[i] *= y[i] }
    }
  }
}

/// `x += factor * y`.
func addMultiple(_ factor: Double, of y: [Double], to x: inout [Double]) {
  precondition(x.count == y.count, "vectors of one length")
  x.withUnsafeMutableBufferPointer { x in
    y.withUnsafeBufferPointer { y in
      for i in x.indices { x[i] += factor * y[i] }
    }
  }
}

/// `x'y`.
func product(_ x: [Double], _ y: [Double]) -> Double {
  precondition(x.count == y.count, "vectors of one length")
  var sum = 0.0
  x.withUnsafeBufferPointer { x in
    y.withUnsafeBufferPointer { y in
      for i in x.indices { sum += x[i] * y[i] }
    }
  }
  return sum
}
